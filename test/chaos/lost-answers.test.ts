import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arrivalsByAttempt, duplicatesIn, missingFrom } from '#test/support/arrivals.ts';
import { answer, inTurn } from '#test/support/behaviours.ts';
import { lasting, reportChaos } from '#test/support/chaos.ts';
import { eventually } from '#test/support/eventually.ts';
import { assertOutstandingOnce, settledLedger } from '#test/support/ledger.ts';
import { postMessage, postWhile } from '#test/support/load.ts';
import type { Program } from '#test/support/program.ts';
import { type CommitPoint, type PostgresProxy, startPostgresProxy } from '#test/support/postgres-proxy.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const env = {
  DELIVERY_TIMEOUT_MS: '800',
  DELIVERY_LEASE_SECONDS: '1.5',
  DELIVERY_RETRY_DELAYS: '0.1,0.1,0.1,0.1',
};
/** For a receiver that takes longer than it takes to write an outcome again. */
const PATIENT = { DELIVERY_TIMEOUT_MS: '60000', DELIVERY_LEASE_SECONDS: '70' };
const POSTS = lasting({ short: 400, long: 6000 });
interface ServerOptions {
  databaseUrl: string;
  env: Record<string, string>;
}
type Cut = Pick<CommitPoint, 'of' | 'when'>;
const ALL_CUTS = (['intake', 'fetch', 'settle'] as const).flatMap((of): Cut[] => [
  { of, when: 'before' },
  { of, when: 'after' },
]);
/** The others have tests of their own, below and in `commit-points`. */
const SHORT_CUTS = ALL_CUTS.filter(({ of, when }) => of === 'intake' || when === 'after');
const CUTS = lasting({ short: SHORT_CUTS, long: ALL_CUTS });
const PATIENCE = { timeout: 300_000, concurrency: 2 };

describe('a connection that is cut', PATIENCE, () => {
  for (const { of, when } of CUTS) {
    test(`${when} the COMMIT of ${of} loses nothing, and nothing is sent or counted twice`, async () => {
      await using scene = await setScene();
      const { proxy, pool, receiver, load } = scene;
      // Its first attempt fails, so that there is a retry to fetch.
      receiver.behave(inTurn(answer(500), answer(200)));
      const stopped = proxy.stopAt({ of, when });
      const posted = scene.post();
      (await stopped).cut();
      const status = await posted;
      await assertOutstandingOnce(pool);

      const states = await settledLedger(pool);
      assert.equal(status, of === 'intake' ? 503 : 201, 'what may not have been committed is not confirmed');
      // A message that was committed, although nobody heard of it, is delivered when its lease ends.
      const isStored = of !== 'intake' || when === 'after';
      assert.deepEqual(states, isStored ? { delivered: 1 } : {});
      assert.equal(arrivalsByAttempt(receiver.requests).size, isStored ? 2 : 0);
      assert.equal(duplicatesIn(receiver.requests), 0);
      assert.deepEqual(missingFrom(receiver.requests, load.accepted), []);
    });
  }
});

describe('an outcome that is written again, because the answer to its COMMIT was lost', PATIENCE, () => {
  test('does not undo a replay that came in between', async () => {
    await using scene = await setScene(PATIENT);
    const { proxy, pool, receiver, subscribed, setup } = scene;
    const again = Promise.withResolvers<undefined>();
    receiver.behave(
      inTurn(answer(410), ({ response }) => void again.promise.then(() => response.writeHead(200).end())),
    );
    const stopped = proxy.stopAt({ of: 'settle', when: 'after' });
    await scene.post();
    const { cut } = await stopped;
    const endpoint = await subscribed.endpointNow();
    const on = await setup.container.endpoints.update(endpoint, { status: 'active' });
    const { rows } = await pool.query<{ messageId: string }>(
      `select message_id as "messageId" from deliveries where state = 'failed'`,
    );
    const { accountId, appId, id: endpointId } = endpoint;
    const key = { accountId, appId, messageId: rows[0]!.messageId, endpointId };
    await setup.container.replays.replayOne(on, key, { isForced: false });
    await writtenAgain(proxy, cut);
    again.resolve(undefined);

    assert.deepEqual(await settledLedger(pool), { delivered: 1 });
    assert.equal(receiver.requests.length, 2);
    assert.equal((await subscribed.endpointNow()).status, 'active');
  });

  test('does not send a retry again that another process is making', async () => {
    await using scene = await setScene(PATIENT);
    const { proxy, pool, receiver, setup } = scene;
    const again = Promise.withResolvers<undefined>();
    receiver.behave(inTurn(answer(500), ({ response }) => void again.promise.then(() => response.end())));
    const stopped = proxy.stopAt({ of: 'settle', when: 'after' });
    await scene.post();
    const { cut } = await stopped;
    await using _other = await startTestServer({
      runs: 'worker',
      databaseUrl: setup.databaseUrl,
      env: { ...env, ...PATIENT },
    });
    await receiver.firstRequests(2);
    await writtenAgain(proxy, cut);
    again.resolve(undefined);

    assert.deepEqual(await settledLedger(pool), { delivered: 1 });
    assert.equal(receiver.requests.length, 2);
  });
});

/**
 * Cuts, and waits until the process asks which outcomes are not written yet, of which it writes those alone once more.
 */
async function writtenAgain(proxy: PostgresProxy, cut: () => void): Promise<void> {
  const asked = proxy.statement(/case when attempt_id is not null/);
  cut();
  await asked;
}

test('what was sent, and could not be written before its job came due again, is not sent again', async () => {
  await using scene = await setScene();
  const { proxy, pool, receiver } = scene;
  const jobIds = async () => {
    const { rows } = await pool.query<{ id: string }>(`select id from pgboss.job where name = 'deliver'`);
    return rows.map(({ id }) => id);
  };
  let stopped = proxy.stopAt({ of: 'settle', when: 'before' });
  await scene.post();
  const [leased] = await jobIds();
  for (let isFetched = false; !isFetched;) {
    const { cut } = await stopped;
    isFetched = (await jobIds())[0] !== leased;
    if (!isFetched) stopped = proxy.stopAt({ of: 'settle', when: 'before' });
    cut();
  }

  assert.deepEqual(await settledLedger(pool), { delivered: 1 });
  assert.equal(receiver.requests.length, 1);
  const { rowCount } = await pool.query('select from attempts');
  assert.equal(rowCount, 1);
});

test('a process that is told to stop writes the outcome that it is trying to write', async () => {
  const program = Promise.withResolvers<Program>();
  await using scene = await setScene({}, async (options) => {
    const server = await startServerProcess({ ...options, entry: 'start' });
    program.resolve(server.program);
    return server;
  });
  const { proxy, pool, receiver } = scene;
  const stopped = proxy.stopAt({ of: 'settle', when: 'before' });
  await scene.post();
  (await stopped).cut();
  const { kill, ended } = await program.promise;
  kill('SIGTERM');
  assert.equal(await ended, 0);
  const { rowCount } = await pool.query('select from attempts');
  assert.equal(rowCount, 1);
  assert.deepEqual(await settledLedger(pool), { delivered: 1 });
  assert.equal(receiver.requests.length, 1);
});

test(
  'connections that are cut again and again lose nothing and count all once',
  { timeout: lasting({ short: 300_000, long: 900_000 }) },
  async (t) => {
    await using scene = await setScene();
    const { proxy, pool, receiver, server, load } = scene;
    let posts = 0;
    const posting = postWhile(
      () => server.url,
      load,
      () => (posts += 1) > POSTS,
    );
    let cuts = 0;
    while (posts <= POSTS) {
      const before = receiver.requests.length;
      await eventually('under way', () => receiver.requests.length >= before + 20 || posts > POSTS);
      if (cuts % 2 === 0) proxy.cutAll();
      else await pool.query(TERMINATE_THE_OTHERS);
      cuts += 1;
    }
    await posting;

    const { delivered = 0, ...others } = await settledLedger(pool);
    await reportChaos(t, { accepted: load.accepted, delivered, requests: receiver.requests });
    assert.deepEqual(others, {});
    assert.ok(cuts >= 5, `${String(cuts)} cuts`);
    assert.ok(delivered >= load.accepted.size);
    assert.deepEqual(missingFrom(receiver.requests, load.accepted), []);
    assert.equal(duplicatesIn(receiver.requests), 0, 'the process lived: it knew what it had sent');
  },
);

const TERMINATE_THE_OTHERS = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;

/**
 * A server whose way to PostgreSQL leads by a proxy, and another with a way of its own, to read and to change. The
 * first is in this process, because cut connections do not ask for another.
 */
async function setScene(
  changes: Record<string, string> = {},
  start: (options: ServerOptions) => Promise<AsyncDisposable & { url: string }> = startTestServer,
) {
  const stack = new AsyncDisposableStack();
  const setup: TestServer = stack.use(await startTestServer({ runs: 'web' }));
  const receiver = stack.use(await startReceiver());
  const proxy: PostgresProxy = stack.use(await startPostgresProxy(setup.databaseUrl));
  const server = stack.use(await start({ databaseUrl: proxy.url, env: { ...env, ...changes } }));
  const subscribed = await createSubscribedApp(setup, { url: receiver.url });
  const { apiKey, app } = subscribed;
  const load = { apiKey, appId: app.id, accepted: new Set<string>() };
  return {
    setup,
    proxy,
    receiver,
    subscribed,
    server,
    load,
    pool: setup.container.pool,
    post: () => postMessage(server.url, load),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
