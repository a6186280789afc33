import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import { ensurePartitions, WEEK_MS } from '#src/infra/database/partitions.ts';
import { dropEmptyPartitions } from '#src/infra/database/drop-partitions.ts';
import { isDatabaseAway } from '#src/infra/database/is-away.ts';
import { createNotifications } from '#src/infra/database/notifications.ts';
import { isPooled, sharesBackends } from '#src/infra/database/pooler.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { answer, inTurn } from '#test/support/behaviours.ts';
import { createTestDatabase, serverUrl, type TestDatabase } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { freezeCaches } from '#test/support/frozen-caches.ts';
import { type Pgbouncer, skipWithoutPgbouncer, startPgbouncer } from '#test/support/pgbouncer.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';

let pgbouncer: Pgbouncer;
let database: TestDatabase;
/** Of the database: by way of the pooler, and without it. */
let url: string;
let directUrl: string;

async function connected(to: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: to });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

function poolOf(to: string, max = 10): pg.Pool & AsyncDisposable {
  const pool = new pg.Pool({ connectionString: to, max });
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() });
}

/** What a process finds out at its start. Of the backends several are there, lent before. */
async function seenThrough(pooler: Pgbouncer, { backends }: { backends: number }) {
  const through = pooler.throughIt(database.url);
  await using client = await connected(through);
  await using other = await connected(through);
  await using pool = poolOf(through, backends);
  await Promise.all(Array.from({ length: backends }, () => pool.query('select pg_sleep(0.02)')));
  return { isPooled: await isPooled(client), sharesBackends: await sharesBackends(client, other) };
}

describe('behind PgBouncer', { skip: skipWithoutPgbouncer }, () => {
  before(async () => {
    pgbouncer = await startPgbouncer(serverUrl(), { poolSize: 4 });
    database = await createTestDatabase({ isEmpty: true });
    url = pgbouncer.throughIt(database.url);
    const direct = new URL(database.url);
    direct.port = new URL(serverUrl()).port;
    directUrl = direct.href;
  });
  after(async () => {
    await database[Symbol.asyncDispose]();
    await pgbouncer[Symbol.asyncDispose]();
  });

  test('a pooler is told from PostgreSQL, and transaction mode from session mode', async () => {
    await using direct = await connected(directUrl);
    assert.equal(await isPooled(direct), false);
    for (const lendsInTurn of [true, false]) {
      await using pooler = await startPgbouncer(serverUrl(), { lendsInTurn });
      for (const backends of [0, 1, 2, 5]) {
        assert.deepEqual(await seenThrough(pooler, { backends }), { isPooled: true, sharesBackends: true });
      }
    }
    await using session = await startPgbouncer(serverUrl(), { mode: 'session' });
    assert.deepEqual(await seenThrough(session, { backends: 2 }), { isPooled: true, sharesBackends: false });
  });

  test('a pooler that has no backend to lend counts as a database that is away', async () => {
    await using pooler = await startPgbouncer(serverUrl(), { poolSize: 1, maxWaitSeconds: 1 });
    await using pool = poolOf(pooler.throughIt(database.url));
    await using _held = await holdTransaction(pool);
    const waiting = new pg.Client({ connectionString: pooler.throughIt(database.url) });
    waiting.on('error', () => undefined);
    await waiting.connect();
    await assert.rejects(waiting.query('select 1'), isDatabaseAway);
  });

  test('where nobody can listen, gaps are announced, that is said, and nobody else gets to listen', async () => {
    const said: string[] = [];
    const logger = createLogger('info', { write: (line: string) => void said.push(line) });
    const notifications = createNotifications({ url, logger, gapMs: 5 });
    let gaps = 0;
    notifications.onGap(() => (gaps += 1));
    await notifications.start();
    await eventually('three gaps', () => gaps >= 3);
    await notifications.stop();
    assert.match(said.join(''), /pooler in transaction mode/);
    await using direct = await connected(directUrl);
    const { rowCount } = await direct.query(
      `select from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
    );
    assert.equal(rowCount, 0);
  });

  test('two releases, a web and a worker: delivery, retry, hold, replay, revocation', async (t) => {
    await Promise.all([prepareDatabase(url), prepareDatabase(url)]);
    const shared = { databaseUrl: url, env: { DELIVERY_RETRY_DELAYS: '0' } };
    await using web = await startTestServer({ ...shared, runs: 'web' });
    await using worker = await startTestServer({ ...shared, runs: 'worker' });
    await using receiver = await startReceiver(inTurn(answer(500), answer(200)));
    const api = await apiOfNewAccount(web);
    const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
    const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    const post = async () => {
      const { status, body } = await api.post(`/apps/${app.id}/messages`, {
        event_type: 'user.created',
        version: '1.0',
        data: {},
      });
      assert.equal(status, 201);
      return body.id;
    };
    const stateOf = async (id: string) =>
      (await api.get(`/apps/${app.id}/messages/${id}/deliveries`)).first['state'];

    const retried = await post();
    const attempts = (await receiver.firstRequests(2)).map(({ headers }) => headers['hostedhooks-attempt']);
    assert.deepEqual(attempts, ['1', '2']);
    await eventually('delivered', async () => (await stateOf(retried)) === 'delivered');

    await api.patch(path, { status: 'inactive' });
    const held = await post();
    assert.equal(await stateOf(held), 'held');
    // The worker has it as it was before it is turned on again, and is told of no gap.
    const { directory, notifications } = worker.container;
    await notifications.stop();
    directory.forget(app.id);
    assert.equal((await directory.get(app.id))?.endpoints.get(endpoint.id)?.status, 'inactive');
    await api.patch(path, { status: 'active' });
    assert.equal((await api.post(`${path}/replay`)).body['total'], 1);
    await eventually('replayed', async () => (await stateOf(held)) === 'delivered');

    const { body: made } = await api.post('/account/api_keys', { name: 'CI' });
    const authorization = `Bearer ${String(made['api_key'])}`;
    const statusWithKey = async () => (await api.get('/apps', { authorization })).status;
    assert.equal(await statusWithKey(), 200);
    freezeCaches(t);
    assert.equal((await api.delete(`/account/api_keys/${made.id}`)).status, 204);
    await eventually('refused', async () => (await statusWithKey()) === 401);
  });

  test('partitions are dropped, and leave neither a lock nor a setting with connections that others get', async () => {
    await prepareDatabase(url);
    await using web = await startTestServer({ databaseUrl: url, runs: 'web' });
    const { pool } = web.container;
    await ensurePartitions(pool, Date.now() - 30 * WEEK_MS);
    const count = async () =>
      (await pool.query(`select from pg_inherits where inhparent = 'messages'::regclass`)).rowCount ?? 0;
    const before = await count();
    await dropEmptyPartitions(pool, Date.now() - 28 * WEEK_MS);
    assert.ok((await count()) < before);
    const locks = await pool.query(`select from pg_locks where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())`);
    assert.equal(locks.rowCount, 0);
    // As many transactions as there are backends, which are lent in turn.
    for (let lent = 0; lent < 4; lent += 1) {
      assert.deepEqual((await pool.query('show lock_timeout')).rows, [{ lock_timeout: '0' }]);
    }
  });
});
