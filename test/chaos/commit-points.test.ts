import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arrivalsByAttempt, missingFrom } from '#test/support/arrivals.ts';
import { answer } from '#test/support/behaviours.ts';
import { lasting } from '#test/support/chaos.ts';
import { assertOutstandingOnce, settledLedger } from '#test/support/ledger.ts';
import { postMessage } from '#test/support/load.ts';
import { type CommitPoint, startPostgresProxy } from '#test/support/postgres-proxy.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const MESSAGES = 20;
const env = {
  DELIVERY_TIMEOUT_MS: '800',
  DELIVERY_LEASE_SECONDS: '1.5',
  DELIVERY_RETRY_DELAYS: '0.2,0.2,0.2,0.2',
};

type Shape = 'web' | 'worker' | 'start';

/** The short form has all points in one process: the code of the Procfile's two is the same. */
const POINTS = {
  start: ['intake', 'fetch', 'settle'],
  ...lasting({ short: {}, long: { web: ['intake'], worker: ['fetch', 'settle'] } }),
} as Record<Shape, CommitPoint['of'][]>;
/** What `of` has committed when it has. */
const WRITES: Partial<Record<CommitPoint['of'], string>> = { intake: 'messages', settle: 'attempts' };

describe('a process that is killed', { concurrency: 3 }, () => {
  for (const [entry, transactions] of Object.entries(POINTS) as [Shape, CommitPoint['of'][]][]) {
    for (const of of transactions) {
      for (const when of ['before', 'after'] as const) {
        test(`${when} the COMMIT of ${of} (${entry}) loses nothing`, { timeout: 300_000 }, async () => {
          await using scene = await setScene();
          const { setup, proxy } = scene;
          await using victim = await startServerProcess({ databaseUrl: proxy.url, entry, env });
          const stopped = proxy.stopAt({ of, when, stopsFollowing: true });
          // Long before all are answered: the rest fails with the process.
          const posted = scene.post(entry === 'worker' ? setup.url : victim.url);
          await stopped;
          victim.program.kill('SIGKILL');
          await victim.program.ended;
          await posted;

          const table = WRITES[of];
          if (table !== undefined) {
            const { rowCount } = await setup.container.pool.query(`select from ${table} limit 1`);
            assert.equal(rowCount, when === 'after' ? 1 : 0, 'the commit was made or not, as asked');
          }
          await scene.assertAnotherEndsIt();
        });
      }
    }
  }

  for (const entry of lasting<Shape[]>({ short: ['worker'], long: ['worker', 'start'] })) {
    test(`between a webhook and the write of its outcome (${entry}) repeats what was under way, and loses nothing`, async () => {
      await using scene = await setScene();
      const { setup, proxy, receiver } = scene;
      await using victim = await startServerProcess({ databaseUrl: proxy.url, entry, env });
      const arrived = new Promise<void>((resolve) => {
        receiver.behave(() => resolve());
      });
      const posted = scene.post(entry === 'worker' ? setup.url : victim.url);
      await arrived;
      victim.program.kill('SIGKILL');
      await victim.program.ended;
      await posted;
      receiver.behave(answer(200));
      await scene.assertAnotherEndsIt();
    });
  }
});

/** A database with a proxy before it, an app, and a receiver that fails each message's first attempt. */
async function setScene() {
  const stack = new AsyncDisposableStack();
  const setup = stack.use(await startTestServer({ runs: 'web' }));
  const proxy = stack.use(await startPostgresProxy(setup.databaseUrl));
  const receiver = stack.use(
    await startReceiver(({ request, response }) => {
      response.writeHead(request.headers['hostedhooks-attempt'] === '1' ? 500 : 200).end();
    }),
  );
  const { apiKey, app } = await createSubscribedApp(setup, { url: receiver.url });
  const accepted = new Set<string>();
  const post = async (url: string) => {
    const load = { apiKey, appId: app.id, accepted };
    await Promise.all(Array.from({ length: MESSAGES }, () => postMessage(url, load)));
  };
  return {
    setup,
    proxy,
    receiver,
    post,
    assertAnotherEndsIt: () => assertAnotherEndsIt({ setup, receiver, accepted }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

interface Aftermath {
  setup: TestServer;
  receiver: Receiver;
  accepted: Set<string>;
}

async function assertAnotherEndsIt({ setup, receiver, accepted }: Aftermath): Promise<void> {
  const { pool } = setup.container;
  await assertOutstandingOnce(pool);
  await using _another = await startTestServer({ runs: 'worker', databaseUrl: setup.databaseUrl, env });
  const states = await settledLedger(pool);

  const { rows } = await pool.query<{ id: string }>('select id from messages');
  const stored = new Set(rows.map(({ id }) => id));
  assert.ok([...accepted].every((id) => stored.has(id)));
  assert.deepEqual(states, stored.size === 0 ? {} : { delivered: stored.size });
  assert.deepEqual(missingFrom(receiver.requests, stored), []);
  const often = [...arrivalsByAttempt(receiver.requests)].filter(([, arrivals]) => arrivals > 2);
  assert.deepEqual(often, [], 'one kill repeats an attempt once at most');
}
