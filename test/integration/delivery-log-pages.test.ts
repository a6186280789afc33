import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { DeliveryFilters } from '#src/domain/deliveries/log/delivery-filters.ts';
import { DeliveryLog } from '#src/domain/deliveries/log/delivery-log.ts';
import { parseTextQuery } from '#src/domain/search/text-query.ts';
import { systemClock } from '#src/infra/lib/clock.ts';
import { placeOf } from '#src/infra/lib/place.ts';
import { listening, rowsReadOf } from '#test/support/rows-read.ts';
import { addAttempts, addMessages, idsSince } from '#test/support/searched-log.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

const MESSAGES = 200;
const FIRST = '00000000-0000-0000-0000-000000000000';

let server: TestServer;
let owner: SubscribedApp;
let ids: string[];

before(async () => {
  server = await startTestServer({ runs: 'web' });
  owner = await createSubscribedApp(server, { url: 'https://example.com/' });
  const { pool } = server.container;
  ids = idsSince(60_000, MESSAGES);
  const messages = ids.map((id, at) => ({
    id,
    data: JSON.stringify({ fruit: at % 3 === 0 ? 'Apple' : 'pear' }),
  }));
  await addMessages(pool, owner, messages);
  const answers = idsSince(30_000, MESSAGES).map((id, at) => ({
    id,
    messageId: ids[at] ?? '',
    succeeded: false,
    statusCode: 500,
    responseBody: at % 2 === 0 ? 'no Pie today' : 'broken',
  }));
  await addAttempts(pool, owner, answers);
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
     select $1, $2, id, $3, 'failed', 1 from unnest($4::uuid[]) as new(id)`,
    [owner.app.accountId, owner.app.id, owner.endpoint.id, ids],
  );
});
after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

const QUERIES: [string, (at: number) => boolean][] = [
  ['apple', (at) => at % 3 === 0],
  ['pie', (at) => at % 2 === 0],
  ['apple pie', (at) => at % 6 === 0],
  ['absent', () => false],
];

test('a page that runs out of time within its rows goes on after the last that it looked at', async () => {
  const { pool } = server.container;
  let nowMs = 0;
  const deliveryLog = new DeliveryLog({ pool, clock: { monotonicNow: () => (nowMs += 1000) } });
  for (const [q, isFound] of QUERIES) {
    const expected = ids.filter((_, at) => isFound(at)).map((id) => placeOf(id, owner.endpoint.id));
    for (const isBackwards of [false, true]) {
      const found: string[][] = [];
      for (
        let cursor: string | undefined = isBackwards ? FIRST : undefined, isFirst = true;
        isFirst || cursor !== undefined;
      ) {
        isFirst = false;
        const paging = {
          limit: MESSAGES,
          offset: 0,
          ...(isBackwards ? { after: cursor } : { before: cursor }),
        };
        const { rows, resumeAfter } = await deliveryLog.search(
          owner.app,
          { states: ['failed'], text: parseTextQuery(q) },
          paging,
        );
        found.push(rows.map(({ place }) => place));
        cursor = resumeAfter;
      }
      assert.ok(found.length > 3, `${q}: ${String(found.length)} pages`);
      const newestFirst = isBackwards ? found.toReversed().flat() : found.flat();
      assert.deepEqual(newestFirst, expected.toReversed(), q);
    }
  }
});

test('texts that lack a word stay in the database', async (t) => {
  const { pool, deliveryLog } = server.container;
  const { mock } = t.mock.method(pool, 'query');
  const text = parseTextQuery('absent');
  await deliveryLog.search(owner.app, { states: ['failed'], text }, { limit: MESSAGES, offset: 0 });
  const results = (await Promise.all(mock.calls.map(({ result }) => result as unknown))) as {
    rows: object[];
  }[];
  const rows = results.flatMap((result) => result.rows);
  assert.ok(rows.filter((row) => 'payload' in row).length >= MESSAGES);
  assert.deepEqual(
    rows.filter((row) => 'payload' in row && row.payload !== null),
    [],
  );
});

/** Rows of a table that the search for a page reads. */
async function readForPage(table: string, filters: DeliveryFilters, limit: number): Promise<number> {
  const { asked, pool } = listening(server.container.pool);
  const log = new DeliveryLog({ pool, clock: systemClock });
  const { rows } = await log.search(owner.app, filters, { limit, offset: 0 });
  assert.equal(rows.length, limit);
  let read = 0;
  for (const statement of asked) read += await rowsReadOf(table, server.container.pool, statement);
  return read;
}

test('a page of an endpoint reads not many more deliveries than it shows', async () => {
  assert.ok((await readForPage('deliveries', { endpointId: owner.endpoint.id }, 26)) < 50);
});

test('the deliveries of a message to very many endpoints are read in parts, and none twice or never', async () => {
  const { pool, deliveryLog } = server.container;
  const [id = ''] = idsSince(0, 1);
  await addMessages(pool, owner, [{ id, data: '{}' }]);
  const endpointIds = Array.from({ length: 600 }, () => randomUUID());
  const key = [owner.app.accountId, owner.app.id, id];
  await pool.query(
    `update messages set endpoint_ids = $4, deliveries_count = 620 where account_id = $1 and app_id = $2 and id = $3`,
    [...key, endpointIds],
  );
  await pool.query(
    `insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, event_type,
       attempt_number, succeeded, duration_ms)
     select $1, $2, gen.id, $3, gen.endpoint_id, $1, 'user.created', 1, true, 5
     from unnest($4::uuid[], $5::uuid[]) as gen(id, endpoint_id)`,
    [...key, idsSince(0, 550), endpointIds.slice(50)],
  );
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
     select $1, $2, $3, endpoint_id, 'held', 0 from unnest($4::uuid[]) as endpoint_id`,
    [...key, [...endpointIds.slice(0, 10), ...Array.from({ length: 20 }, () => randomUUID())]],
  );
  const message = { id, accountId: owner.app.accountId, endpointIds, deliverAt: null };
  const expected = (await deliveriesOf(pool, message)).map((one) => [placeOf(id, one.endpointId), one.state]);
  assert.equal(expected.length, 620);
  expected.sort(([a = ''], [b = '']) => (a < b ? 1 : -1));
  for (const isBackwards of [false, true]) {
    const found: [string, string][][] = [];
    for (let cursor: string | undefined = isBackwards ? FIRST : undefined; ;) {
      const paging = { limit: 70, offset: 0, ...(isBackwards ? { after: cursor } : { before: cursor }) };
      const { rows } = await deliveryLog.search(owner.app, { messageId: id }, paging);
      found.push(rows.map(({ place, state }) => [place, state]));
      cursor = isBackwards ? rows[0]?.place : rows.at(-1)?.place;
      if (cursor === undefined) break;
    }
    assert.deepEqual(isBackwards ? found.toReversed().flat() : found.flat(), expected);
  }
  assert.ok((await readForPage('attempts', { messageId: id }, 26)) < 320);
});
