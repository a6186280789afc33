import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { deleteOlderRequests, insertRequests } from '#src/domain/api-requests/api-request-rows.ts';
import { applyRetention } from '#src/domain/retention/retention.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { pool, clock } = server.container;

const DAY_MS = 86_400_000;
/** More than are kept. */
const MANY = 5010;

/** Adds so many requests of the account to the log. */
async function add(accountId: string, { count = 1, daysAgo = 0, status = 404 }): Promise<void> {
  const rows = Array.from({ length: count }, () => ({
    ...{
      id: uuidv7(Date.now() - daysAgo * DAY_MS),
      accountId,
      method: 'GET',
      path: '/',
      operation: null,
      status,
    },
    ...{ code: null, message: null, details: [], eventType: null, eventId: null, apiKeyId: accountId },
    ...{ requestId: 'r', clientAddress: '', userAgent: null, contentType: null, durationMs: 1 },
    ...{ body: null, bodyBytes: null, unlisted: 0 },
  }));
  await insertRequests(pool, rows);
}

async function count(accountId: string): Promise<[refused: number, taken: number]> {
  const { rows } = await pool.query<{ refused: number; taken: number }>(
    `select count(*) filter (where status >= 400)::int as refused, count(*) filter (where status < 400)::int as taken
     from api_requests where account_id = $1`,
    [accountId],
  );
  return [rows[0]?.refused ?? 0, rows[0]?.taken ?? 0];
}

test('the request log keeps a week, or what the plan keeps if that is less', async () => {
  const [long, short] = [await server.createAccount(), await server.createAccount()];
  await pool.query(`update accounts set plan = 'hobby' where id = $1`, [short.accountId]);
  for (const { accountId } of [long, short]) {
    for (const daysAgo of [2.9, 3.1, 6.9, 7.1]) await add(accountId, { daysAgo });
    await applyRetention({ pool, clock }, accountId, new AbortController().signal);
  }
  assert.deepEqual(await count(long.accountId), [3, 0]);
  assert.deepEqual(await count(short.accountId), [1, 0]);
});

test('of an account, so many of each kind are kept, and no other account’s are fewer for it', async () => {
  const [busy, quiet] = [await server.createAccount(), await server.createAccount()];
  await add(quiet.accountId, {});
  await add(busy.accountId, { status: 201 });
  await add(busy.accountId, { count: MANY });
  await deleteOlderRequests(pool, busy.accountId);
  assert.deepEqual(await count(busy.accountId), [5000, 1]);
  await add(busy.accountId, { count: 1001, status: 201 });
  await deleteOlderRequests(pool, busy.accountId);
  assert.deepEqual(await count(busy.accountId), [5000, 1000]);
  assert.deepEqual(await count(quiet.accountId), [1, 0]);
});
