import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { randomUUID } from 'node:crypto';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { DeliveryFilters } from '#src/domain/deliveries/log/delivery-filters.ts';
import { DeliveryLog } from '#src/domain/deliveries/log/delivery-log.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
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

/** A message to some endpoints, with rows in a state to some. */
async function addMessageTo(endpointIds: string[], { state, to }: { state: string; to: string[] }) {
  const { pool } = server.container;
  const [id = ''] = idsSince(0, 1);
  await addMessages(pool, owner, [{ id, data: '{}' }]);
  const key = [owner.app.accountId, owner.app.id, id];
  await pool.query(
    `update messages set endpoint_ids = $4, deliveries_count = $5, routed_count = $6
     where account_id = $1 and app_id = $2 and id = $3`,
    [...key, endpointIds, endpointIds.length, endpointIds.length + to.length],
  );
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, reason, attempts_made)
     select $1, $2, $3, endpoint_id, $5, case when $5 = 'ignored' then 'filtered' end, 0 from unnest($4::uuid[]) as endpoint_id`,
    [...key, to, state],
  );
  return id;
}

/** How many rows PostgreSQL answers for the first page. */
async function answeredForPage(t: TestContext, filters: DeliveryFilters): Promise<number> {
  const { mock } = t.mock.method(server.container.pool, 'query');
  const { rows } = await server.container.deliveryLog.search(owner.app, filters, { limit: 26, offset: 0 });
  assert.equal(rows.length, 26);
  const results = (await Promise.all(mock.calls.map(({ result }) => result as unknown))) as { rows: [] }[];
  mock.restore();
  return results.reduce((sum, one) => sum + one.rows.length, 0);
}

test('a subscription with very many endpoints has the deliveries to them alone, read bit by bit', async (t) => {
  const { deliveryLog, pool, subscriptions } = server.container;
  const subscription = await subscriptions.create(owner.app, { name: 'Many' });
  const theirs = Array.from({ length: 260 }, () => randomUUID()).sort();
  const others = Array.from({ length: 20 }, () => randomUUID());
  await pool.query(
    `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted)
     select id, $1, $2, $3, 'https://receiver.example/', '1.0', '' from unnest($4::uuid[]) as id`,
    [owner.app.accountId, owner.app.id, subscription.id, theirs],
  );
  const [held, sent] = [theirs.slice(0, 5), theirs.slice(5)];
  const to = [...held, ...others.slice(10)];
  const id = await addMessageTo([...sent, ...others.slice(0, 10)], { state: 'held', to });
  for (const end of ['before', 'after'] as const) {
    const found: string[][] = [];
    for (let cursor: string | undefined = end === 'after' ? FIRST : undefined; ;) {
      const filters = { messageId: id, subscriptionId: subscription.id };
      const { rows } = await deliveryLog.search(owner.app, filters, { limit: 90, offset: 0, [end]: cursor });
      if (rows.length === 0) break;
      found.push(rows.map(({ endpointId }) => endpointId));
      cursor = rows.at(end === 'after' ? 0 : -1)?.place;
    }
    assert.deepEqual(end === 'after' ? found.toReversed().flat() : found.flat(), theirs.toReversed());
  }
  for (let more = 0; more < 5; more += 1) await addMessageTo([], { state: 'held', to: theirs });
  const read = await answeredForPage(t, { subscriptionId: subscription.id });
  assert.ok(read < theirs.length + 1100, `${String(read)} rows`);

  const anHourAgo = idsSince(3_600_000, 80);
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
     select $1, $2, message_id, endpoint_id, 'failed', 1 from unnest($3::uuid[]) message_id, unnest($4::uuid[]) endpoint_id`,
    [owner.app.accountId, owner.app.id, anHourAgo, theirs],
  );
  await addMessages(
    pool,
    owner,
    anHourAgo.map((id) => ({ id, data: '{}' })),
  );
  const rowsRead = await readForPage(
    'deliveries',
    { subscriptionId: subscription.id, states: ['failed'] },
    26,
  );
  assert.ok(rowsRead < 12_000, `${String(rowsRead)} rows`);
});

test('what filters keep back from very many endpoints is read in parts, too', async (t) => {
  const { deliveryLog } = server.container;
  const to = Array.from({ length: 600 }, () => randomUUID()).sort();
  const ids = [
    await addMessageTo([], { state: 'ignored', to }),
    await addMessageTo([], { state: 'ignored', to }),
  ];
  const read = await answeredForPage(t, {});
  assert.ok(read < 350, `${String(read)} rows`);
  const found: string[] = [];
  while (found.length < 1200) {
    const paging = { limit: 250, offset: 0, before: found.at(-1) };
    const { rows } = await deliveryLog.search(owner.app, {}, paging);
    found.push(...rows.map(({ place }) => place));
  }
  const expected = ids.flatMap((id) => to.map((endpointId) => placeOf(id, endpointId))).sort();
  assert.deepEqual(found.slice(0, 1200), expected.toReversed());
});

test('a list of messages that runs out of time within the rows of one has it once, and goes on', async () => {
  const { pool, subscriptions } = server.container;
  let nowMs = 0;
  const log = new DeliveryLog({ pool, clock: { monotonicNow: () => (nowMs += 1000) } });
  const to = Array.from({ length: 600 }, () => randomUUID()).sort();
  const id = await addMessageTo([], { state: 'discarded', to });
  for (const [endpointId, filters, expected] of [
    [to[0], {}, [id]],
    [to.at(-1), {}, [id]],
    [to[300], { eventType: 'no.such' }, []],
  ] as const) {
    const subscription = await subscriptions.create(owner.app, { name: 'One' });
    await pool.query(
      `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted)
       values ($1, $2, $3, $4, 'https://receiver.example/', '1.0', '')`,
      [endpointId, owner.app.accountId, owner.app.id, subscription.id],
    );
    for (const end of ['before', 'after'] as const) {
      const asked = { ...filters, states: ['discarded'] as const, subscriptionId: subscription.id };
      const found: string[] = [];
      let cursor: string | undefined = end === 'after' ? FIRST : undefined;
      for (let pages = 0; pages < 10; pages += 1) {
        const page = await log.messagesWith(owner.app, asked, { limit: 16, offset: 0, [end]: cursor });
        found.push(...page.ids);
        cursor = page.resumeAfter;
        if (cursor === undefined) break;
      }
      assert.equal(cursor, undefined, 'it comes to its end');
      assert.deepEqual(found, expected, end);
    }
  }
});

test('attempts are not read for a word of their messages alone', async () => {
  const { clock, logger, pool } = server.container;
  const other = await createSubscribedApp(server, { url: 'https://example.com/' });
  const [messages, attempts] = [idsSince(7_200_000, 20), idsSince(3_600_000, 20)];
  const sent = messages.map((id) => ({ id, data: '{"fruit":"apple"}' }));
  await addMessages(pool, other, sent);
  const answer = { succeeded: true, statusCode: 200, responseBody: 'a Pie' };
  const answers = attempts.map((id, at) => ({ id, messageId: messages[at] ?? '', ...answer }));
  await addAttempts(pool, other, answers);
  await new SearchIndex({ pool, clock, logger, blockRows: 10 }).catchUp();
  for (const [q, read] of [
    ['apple', 0],
    ['pie', 20],
    ['apple pie', 20],
  ] as const) {
    const { asked, pool: heard } = listening(pool);
    const log = new DeliveryLog({ pool: heard, clock: systemClock });
    const { rows } = await log.search(other.app, { text: parseTextQuery(q) }, { limit: 30, offset: 0 });
    assert.equal(rows.length, 20, q);
    let found = 0;
    for (const statement of asked.filter(([sql]) => sql.includes('tried'))) {
      found += await rowsReadOf('attempts', pool, statement);
    }
    assert.equal(found, read, q);
  }
});
