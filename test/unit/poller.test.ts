import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Poller } from '#src/infra/lib/poller.ts';
import { eventually } from '#test/support/eventually.ts';

const NEVER_MS = 3_600_000;
const SOON_MS = 1;

/** A poller whose polls do what `answers` says, one after the other, and then find nothing. */
function polling(intervalMs: number, ...answers: (() => boolean | Promise<boolean>)[]) {
  const seen = { polls: 0, atOnce: 0, maxAtOnce: 0, errors: [] as unknown[] };
  const poll = async () => {
    seen.atOnce += 1;
    seen.maxAtOnce = Math.max(seen.maxAtOnce, seen.atOnce);
    seen.polls += 1;
    try {
      return (await answers[seen.polls - 1]?.()) ?? false;
    } finally {
      seen.atOnce -= 1;
    }
  };
  const poller = new Poller({
    poll,
    intervalMs,
    onError: (error) => seen.errors.push(error),
  });
  return { poller, seen };
}

describe('a poller', () => {
  it('polls at once, and again after its interval', async () => {
    const { poller, seen } = polling(SOON_MS);
    poller.start();
    assert.equal(seen.polls, 1);
    await eventually('again', () => seen.polls >= 3);
    await poller.stop();
  });

  it('polls again at once while more is left', async () => {
    const { poller, seen } = polling(
      NEVER_MS,
      () => true,
      () => true,
    );
    poller.start();
    await eventually('three polls', () => seen.polls === 3);
    await poller.stop();
  });

  it('reports a poll that failed, and polls again', async () => {
    const broken = new Error('broken');
    const { poller, seen } = polling(SOON_MS, () => Promise.reject(broken));
    poller.start();
    await eventually('again', () => seen.polls >= 2);
    await poller.stop();
    assert.deepEqual(seen.errors, [broken]);
  });

  it('makes one poll at a time; stop waits for the last, and idle too', async () => {
    const first = Promise.withResolvers<boolean>();
    const { poller, seen } = polling(SOON_MS, () => first.promise);
    poller.start();
    let hasStopped = false;
    const stopped = poller.stop().then(() => {
      hasStopped = true;
    });
    let isIdle = false;
    const idle = poller.idle().then(() => {
      isIdle = true;
    });
    assert.equal(poller.isStopped, true);
    await new Promise(setImmediate);
    assert.deepEqual([hasStopped, isIdle], [false, false]);
    first.resolve(true);
    await Promise.all([stopped, idle]);
    assert.deepEqual([seen.polls, seen.maxAtOnce], [1, 1]);
  });

  it('does not poll when it was stopped between two polls', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { poller, seen } = polling(NEVER_MS);
    poller.start();
    await poller.idle();
    t.mock.timers.tick(NEVER_MS);
    await poller.idle();
    assert.equal(seen.polls, 2, 'a poll follows after the interval');
    await poller.stop();
    t.mock.timers.tick(NEVER_MS);
    assert.equal(seen.polls, 2);
  });
});
