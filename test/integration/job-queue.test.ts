import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import pg from 'pg';
import { createPool } from '#src/infra/database/connection.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { createBoss } from '#src/infra/queue/boss.ts';
import { areQueuesInstalled } from '#src/infra/queue/installed.ts';
import type { DeliveryJobData } from '#src/infra/queue/jobs.ts';
import { prepareQueues } from '#src/infra/queue/prepare-queues.ts';
import { createTestDatabase, TEST_ENGINE } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { startTestServer } from '#test/support/server.ts';

const web = await startTestServer({ runs: 'web' });
after(() => web[Symbol.asyncDispose]());
const { pool, queue } = web.container;

/** A job of the account that is recognised by its message. */
const jobOf = (accountId: string, messageId: string, startAfterSeconds = 0) => ({
  id: randomUUID(),
  data: { messages: [{ accountId, appId: accountId, messageIds: [messageId] }] },
  startAfterSeconds,
});
const insert = (jobs: ReturnType<typeof jobOf>[]) =>
  transaction(pool, (client) => queue.insert('retry', jobs, client));
const take = (limit: number, passedOver: string[] = [], first: 'oldest' | 'newest' = 'oldest') =>
  transaction(pool, (client) => queue.take('retry', { limit, first, passedOver }, client));
const namesOf = (jobs: DeliveryJobData[]) => jobs.map(({ messages }) => messages?.[0]?.messageIds[0]);

test('jobs are fetched once, the longest due first, and not before they are due', async () => {
  const [one, two] = [randomUUID(), randomUUID()];
  await insert([jobOf(one, 'later', 600), jobOf(one, 'last', -10), jobOf(two, 'first', -30)]);
  await insert([jobOf(one, 'second', -20)]);
  assert.deepEqual(namesOf(await take(2)), ['first', 'second']);
  assert.deepEqual(namesOf(await take(2)), ['last']);
  assert.deepEqual(await take(2), []);
});

test('what was fetched in a transaction that is rolled back is due again', async () => {
  await insert([jobOf(randomUUID(), 'kept')]);
  const failing = transaction(pool, async (client) => {
    await queue.take('retry', { limit: 1, first: 'oldest', passedOver: [] }, client);
    throw new Error('after it was taken');
  });
  await assert.rejects(failing, /after it was taken/);
  assert.deepEqual(namesOf(await take(1)), ['kept']);
});

test('two that take at the same time get different jobs, and neither waits for the other', async () => {
  const accountId = randomUUID();
  await insert([jobOf(accountId, 'first', -20), jobOf(accountId, 'second', -10)]);
  await transaction(pool, async (client) => {
    assert.deepEqual(
      namesOf(await queue.take('retry', { limit: 1, first: 'oldest', passedOver: [] }, client)),
      ['first'],
    );
    assert.deepEqual(namesOf(await take(1)), ['second']);
    assert.deepEqual(namesOf(await take(1, [randomUUID()])), []);
  });
});

test('accounts that are passed over keep their jobs, and stand before nobody', async () => {
  const [full, other, third] = [randomUUID(), randomUUID(), randomUUID()];
  await insert(Array.from({ length: 20 }, () => jobOf(full, 'of the full one', -100)));
  await insert([jobOf(other, 'of another', -10), jobOf(third, 'of a third', -5), jobOf(third, 'later', 600)]);
  assert.deepEqual(namesOf(await take(10, [full])), ['of another', 'of a third']);
  assert.deepEqual(await take(10, [full]), []);
  assert.equal((await take(100)).length, 20);
});

test('of accounts that are nearly full only what has just come due is fetched, among few jobs and many', async () => {
  const [other, ...nearlyFull] = Array.from({ length: 6 }, () => randomUUID());
  const [one] = nearlyFull;
  assert.ok(other !== undefined && one !== undefined);
  await insert(nearlyFull.flatMap((id) => [jobOf(id, 'old', -100), jobOf(id, 'old', -6)]));
  const takeBut = (limit: number) =>
    transaction(pool, async (client) => {
      const wanted = { limit, passedOver: [], freshOnly: nearlyFull };
      return namesOf(await queue.take('retry', wanted, client));
    });
  for (const limit of [10, 2]) {
    await insert([jobOf(one, 'fresh', -1), jobOf(other, 'of another', -50)]);
    assert.deepEqual(await takeBut(limit), ['of another', 'fresh']);
    await insert([jobOf(other, 'first', -50), jobOf(other, 'second', -40)]);
    assert.deepEqual(await takeBut(limit), ['first', 'second'], 'nor have they a part of what is taken');
  }
  assert.equal((await take(100)).length, 10);
});

test('accounts are fetched round robin: one with a burst that was due before leaves capacity for the others', async () => {
  const [burst, full, ...others] = Array.from({ length: 12 }, () => randomUUID()).sort();
  assert.ok(burst !== undefined && full !== undefined);
  await insert(Array.from({ length: 100 }, () => jobOf(burst, 'burst', -100)));
  await insert([full, ...others].map((accountId) => jobOf(accountId, accountId, -10)));
  const ofFirst = (passedOver: string[]) => take(11, passedOver).then(namesOf);
  assert.deepEqual((await ofFirst([full])).sort(), ['burst', ...others].sort());
  assert.deepEqual((await ofFirst([])).sort(), [...Array<string>(10).fill('burst'), full].sort());
  await take(100);
});

test('of accounts that have a job each those that were due first go first', async () => {
  const accounts = Array.from({ length: 20 }, () => randomUUID());
  await insert(accounts.map((accountId, index) => jobOf(accountId, String(index), -100 + index)));
  assert.deepEqual(namesOf(await take(3)), ['0', '1', '2']);
  assert.deepEqual(namesOf(await take(3, [accounts[3] ?? ''])), ['4', '5', '6']);
  assert.equal((await take(100)).length, 14);
});

test('what another process is fetching hides nothing that it leaves', async () => {
  const accountId = randomUUID();
  await insert(Array.from({ length: 20 }, (_, index) => jobOf(accountId, String(index), -100 + index)));
  await transaction(pool, async (client) => {
    await queue.take('retry', { limit: 10, first: 'oldest', passedOver: [] }, client);
    assert.equal((await take(10)).length, 10);
  });
});

test('the newest of what is due may be fetched first', async () => {
  const accountId = randomUUID();
  await insert([jobOf(accountId, 'old', -20), jobOf(accountId, 'new', -10), jobOf(accountId, 'later', 600)]);
  await insert([jobOf(accountId, 'newest', -5)]);
  assert.deepEqual(namesOf(await take(2, [], 'newest')), ['newest', 'new']);
  assert.deepEqual(namesOf(await take(2, [randomUUID()], 'newest')), ['old']);
});

test('jobs that wait for others, of which there are none, are looked for once a day', async (t) => {
  await pool.query(`update pgboss.version set flow_on = now() - interval '23 hours'`);
  const { mock: queries } = t.mock.method(pool, 'query');
  const sent = (part: string) => queries.calls.some(({ arguments: [text] }) => text.includes(part));
  const boss = createBoss(pool, { engine: TEST_ENGINE, supervises: true, migrates: false });
  await boss.start();
  try {
    await eventually('asked whether it is time', () => sent('SET flow_on'), 10_000);
  } finally {
    await boss.stop({ graceful: false });
  }
  assert.equal(sent('job_dependency'), false);
});

test('queues are made by one process at a time', async () => {
  await using database = await createTestDatabase();
  const release = createPool({
    url: database.url,
    max: 4,
    applicationName: 'test',
    onError: () => undefined,
  });
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  try {
    await other.query('drop schema pgboss cascade');
    await other.query(`select pg_advisory_lock(hashtext('prepare_queues'))`);
    const prepared = prepareQueues(release);
    await eventually('waiting', async () => {
      const { rowCount } = await other.query(`select from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`);
      return rowCount === 1;
    });
    const schema = await other.query(`select from pg_namespace where nspname = 'pgboss'`);
    assert.equal(schema.rowCount, 0, 'it began before it had the lock');
    await other.query('select pg_advisory_unlock_all()');
    await prepared;
    assert.equal(await areQueuesInstalled(release), true);
  } finally {
    await other.end();
    await release.end();
  }
});

test('a release gives the queues that exist its settings, and takes back those of before', async () => {
  const read = async () =>
    (
      await pool.query<Record<string, unknown>>(
        `select name, retry_limit, retry_delay, retry_backoff, retry_delay_max, expire_seconds, retention_seconds,
           deletion_seconds, heartbeat_seconds from pgboss.queue order by name`,
      )
    ).rows;
  const made = await read();
  await pool.query(
    `update pgboss.queue set retry_limit = 1, retry_delay = 1, retry_backoff = not retry_backoff, retry_delay_max = 1,
       expire_seconds = 1, retention_seconds = 1, deletion_seconds = 1, heartbeat_seconds = 11`,
  );
  await prepareQueues(pool);
  assert.deepEqual(await read(), made);
  assert.ok(made.length >= 8);
});

test('a queue that was made with another policy, which cannot change, ends the release', async () => {
  await pool.query(`update pgboss.queue set policy = 'short' where name = 'mail'`);
  await assert.rejects(prepareQueues(pool), /queue mail .*another policy.*"short".*"standard"/);
  await pool.query(`update pgboss.queue set policy = 'standard' where name = 'mail'`);
});
