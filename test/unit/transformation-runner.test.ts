import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { CodeRunner } from '#src/domain/transformations/runtime/code-runner.ts';
import type { Run, RunResult } from '#src/domain/transformations/runtime/run.ts';
import { SandboxThread } from '#src/domain/transformations/runtime/sandbox-thread.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';

const logger = createLogger('silent');
const ANSWERED: RunResult = { console: [], cpuMs: 10, outcome: { kind: 'dropped' } };

describe('a run that takes long', () => {
  /** Threads that answer by the name of the code: how much processor time it takes. */
  function fakeThreads() {
    const asked: string[] = [];
    const threadOf = (name: string) => ({
      run: (runs: Run[], limitMs: number): Promise<RunResult[]> => {
        asked.push(...runs.map(({ code }) => `${code} in ${name}, at most ${String(limitMs)} ms`));
        return Promise.resolve(
          runs.map(({ code }) => ({ ...ANSWERED, cpuMs: Math.min(Number(code), limitMs + 1) })),
        );
      },
      end: () => Promise.resolve(),
    });
    const threads = [threadOf('shared')];
    return { asked, own: new CodeRunner({ logger, threads, isolationThread: threadOf('isolated') }) };
  }

  test('is ended beside others, and made anew apart from them, where its account goes on', async () => {
    const { asked, own } = fakeThreads();
    const taken = async (account: string, code: string) => {
      const result = await own.run(account, () => ({ code, input: null }));
      return result === 'busy' ? result : result.cpuMs;
    };
    assert.deepEqual(
      await Promise.all([taken('slow', '800'), taken('slow', '10'), taken('other', '20')]),
      [800, 10, 20],
    );
    assert.deepEqual(asked.toSorted(), [
      '10 in isolated, at most 1000 ms',
      '20 in shared, at most 200 ms',
      '800 in isolated, at most 1000 ms',
      '800 in shared, at most 200 ms',
    ]);
  });

  test('is made of its message only when a thread is free, so that many that wait share its bytes', async () => {
    const { held, own } = heldRunner();
    let made = 0;
    const all = Array.from({ length: 3 }, () =>
      own.run('acme', () => ({ code: String(++made), input: null })),
    );
    assert.equal(made, 1);
    held.resolve(ANSWERED);
    await Promise.all(all);
    assert.equal(made, 3);
  });

  test('answers busy what waited too long, however many wait', async () => {
    const { held, own } = heldRunner();
    const begunMs = performance.now();
    const all = Array.from({ length: 20_000 }, (_, index) =>
      own.run(String(index % 50), () => ({ code: '', input: null })),
    );
    const now = mock.method(performance, 'now', () => begunMs + 60_000);
    held.resolve(ANSWERED);
    const results = await Promise.all(all).finally(() => {
      now.mock.restore();
    });
    assert.deepEqual(results, [ANSWERED, ...Array.from({ length: 19_999 }, () => 'busy')]);
  });
});

describe('runs of an account', () => {
  const input = { request: '{"headers":{}}', body: '{}', isJson: true, context: '{}' };
  const handler = (statements: string) => `addHandler('transform', () => { ${statements} })`;
  const dropping: Run = { code: handler('return null'), input };
  const taking30Ms: Run = { code: handler('for (let n = 0; n < 3e6; n++); return null'), input };
  const endless: Run = {
    code: handler('Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)'),
    input,
  };

  test('wait here though they are as many as the endpoints of a message', async () => {
    const { held, own } = heldRunner();
    const all = Array.from({ length: 1000 }, () => own.run('acme', () => dropping));
    held.resolve(ANSWERED);
    assert.ok((await Promise.all(all)).every((result) => result === ANSWERED));
  });

  test('go to a thread together, of their texts a few', async () => {
    const { asked, held, own } = heldRunner();
    const short = Array.from({ length: 40 }, (_, n) =>
      own.run('acme', () => ({ code: String(n), input: null })),
    );
    const long = Array.from({ length: 3 }, () =>
      own.run('acme', () => ({ code: 'x'.repeat(50_000), input: null })),
    );
    held.resolve(ANSWERED);
    await Promise.all([...short, ...long]);
    assert.deepEqual(
      asked.map((runs) => runs.length),
      [1, 16, 16, 9, 1],
    );
    assert.deepEqual(
      asked
        .flat()
        .slice(0, 40)
        .map(({ code }) => Number(code)),
      Array.from({ length: 40 }, (_, n) => n),
    );
  });

  test('that were not made wait for their turn, after another account', async () => {
    const { asked, held, own } = heldRunner({ answers: 2 });
    const accounts = ['acme', 'acme', 'acme', 'acme', 'acme', 'other'];
    const all = accounts.map((account, n) =>
      own.run(account, () => ({ code: `${account} ${String(n)}`, input: null })),
    );
    held.resolve(ANSWERED);
    assert.ok((await Promise.all(all)).every((result) => result === ANSWERED));
    assert.deepEqual(
      asked.map(([first]) => first?.code),
      ['acme 0', 'other 5', 'acme 1', 'acme 3'],
    );
  });

  test('that ended their thread count once for the turn of those that come', async () => {
    const asked: string[] = [];
    const begin = Promise.withResolvers<null>();
    const all: Promise<unknown>[] = [];
    const thread = {
      run: async (runs: Run[]): Promise<RunResult[]> => {
        await begin.promise;
        asked.push(runs[0]?.code.trim() ?? '');
        return runs.map(({ code }) => ({ ...ANSWERED, cpuMs: code === 'ends' ? 400 : 150 }));
      },
      end: () => Promise.resolve(),
    };
    const apart = { run: (runs: Run[]) => Promise.resolve(runs.map(() => ANSWERED)), end: thread.end };
    const own = new CodeRunner({ logger, threads: [thread], isolationThread: apart });
    const run = (account: string, code: string) => own.run(account, () => ({ code, input: null }));
    all.push(run('first', 'first'), ...['ends', 'ends', 'ends'].map((code) => run('acme', code)));
    // So long that each goes alone.
    const alone = (name: string) => name.padEnd(70_000);
    for (const name of ['1', '2', '3', '4', '5']) {
      const makeRun = () => {
        if (name === '3') all.push(run('new', 'new'));
        return { code: alone(name), input: null };
      };
      all.push(own.run('third', makeRun));
    }
    begin.resolve(null);
    await Promise.all(all);
    await Promise.all(all);
    assert.deepEqual(asked, ['first', 'ends', '1', '2', '3', 'new', '4', '5']);
  });

  test('fail each for itself where one cannot be made', async () => {
    const { held, own } = heldRunner();
    const failing = () => {
      throw new Error('no text');
    };
    const all = [() => dropping, () => dropping, failing, () => dropping].map((make) =>
      own.run('acme', make),
    );
    held.resolve(ANSWERED);
    assert.deepEqual(
      (await Promise.allSettled(all)).map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
  });

  test('end in a thread together when they take long', async (t) => {
    const thread = new SandboxThread(logger, 10);
    t.after(() => thread.end());
    await thread.run([dropping], 1000);
    assert.equal((await thread.run([taking30Ms, dropping, dropping], 1000)).length, 1);
  });

  test('are made again, each alone, when one of them ended their thread', async (t) => {
    const own = new CodeRunner({ logger });
    t.after(() => own.close());
    // On a machine that is full with others a run may wait too long, and is run again, as the pipeline does it.
    const kindOf = async (one: Run): Promise<string> => {
      const result = await own.run('acme', () => one);
      return result === 'busy' ? kindOf(one) : result.outcome.kind;
    };
    const kinds = await Promise.all([dropping, dropping, endless, dropping].map(kindOf));
    assert.deepEqual(kinds, ['dropped', 'dropped', 'failed', 'dropped']);
  });
});

/** A runner of one thread, whose runs end when `held` does, `answers` of those that it is given together. */
function heldRunner({ answers = Infinity } = {}) {
  const held = Promise.withResolvers<RunResult>();
  const asked: Run[][] = [];
  const thread = {
    run: async (runs: Run[]) => {
      asked.push(runs);
      const result = await held.promise;
      return runs.slice(0, answers).map(() => result);
    },
    end: () => Promise.resolve(),
  };
  const own = new CodeRunner({ logger, threads: [thread], isolationThread: thread });
  return { asked, held, own };
}
