import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DeliveryLog } from '#src/domain/deliveries/log/delivery-log.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import { parseTextQuery } from '#src/domain/search/text-query.ts';
import { systemClock } from '#src/infra/lib/clock.ts';
import { applyRetention } from '#src/domain/retention/retention.ts';
import { listening, rowsReadOf } from '#test/support/rows-read.ts';
import { addAttempts, addMessages, idsSince } from '#test/support/searched-log.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

const HOUR_MS = 3_600_000;

let server: TestServer;
let own: SubscribedApp;
let other: SubscribedApp;

before(async () => {
  server = await startTestServer({ runs: 'web' });
  own = await createSubscribedApp(server, { url: 'https://example.com/' });
  other = await createSubscribedApp(server, { url: 'https://example.com/' });
  for (const owner of [own, other]) {
    const ids = idsSince(HOUR_MS, 800);
    const data = (at: number) =>
      JSON.stringify({ at, note: at % 2 === 0 ? 'blue 100%' : 'red a_b', secret: owner.app.id });
    await addMessages(
      server.container.pool,
      owner,
      ids.map((id, at) => ({ id, data: data(at) })),
    );
    const tries = idsSince(HOUR_MS - 10_000, 800).map((id, at) => ({
      id,
      messageId: ids[at] ?? '',
      succeeded: at !== 400,
      statusCode: at === 400 ? 500 : 200,
      responseBody: at === 400 ? 'Out of stock' : null,
    }));
    await addAttempts(server.container.pool, owner, tries);
  }
  await indexOf(server).catchUp();
});
after(() => server[Symbol.asyncDispose]());

const indexOf = ({ container: { pool, logger } }: TestServer) =>
  new SearchIndex({ pool, clock: systemClock, logger, blockRows: 10 });

test('q finds messages by their payload, and attempts by payload or answer', async () => {
  assert.equal((await get('messages?q=BLUE&per_page=100')).rows.length, 100);
  const [answered, ...more] = (await get('webhook_attempts?q=%22out+of+stock%22+blue')).rows;
  assert.equal(answered?.['status_code'], '500');
  assert.deepEqual(more, []);
});

test('signs of SQL in q stand for themselves', async () => {
  assert.deepEqual((await get('messages?q=a%25b')).rows, []);
  assert.deepEqual((await get('messages?q=%25ed')).rows, []);
  assert.equal((await get('messages?q=a_b&per_page=3')).rows.length, 3);
  assert.equal((await get('messages?q=100%25&per_page=3')).rows.length, 3);
});

test('q without a word, too long, or of more than 40 words: 422', async () => {
  const words = (count: number) => Array.from({ length: count }, (_, n) => `w${String(n)}`).join('+');
  for (const list of ['messages', 'deliveries', 'webhook_attempts']) {
    for (const q of ['%25%25', 'a'.repeat(201), words(41)])
      assert.equal((await get(`${list}?q=${q}`)).status, 422, `${list} ${q}`);
    for (const q of [words(40), `%22${words(41)}%22`])
      assert.equal((await get(`${list}?q=${q}`)).status, 200, `${list} ${q}`);
  }
});

test("nobody finds what is another account's", async () => {
  assert.deepEqual((await get(`messages?q=${other.app.id}`)).rows, []);
  assert.deepEqual((await get(`webhook_attempts?q=${other.app.id}`)).rows, []);
  assert.equal((await get(`messages?q=${own.app.id}&per_page=5`)).rows.length, 5);
});

test('of deliveries only those are read that may hold the words, with their attempts', async () => {
  const { asked, pool } = listening(server.container.pool);
  const log = new DeliveryLog({ pool, clock: systemClock });
  const find = (q: string) =>
    log
      .search(own.app, { text: parseTextQuery(q) }, { limit: 26, offset: 0 })
      .then(({ rows }) => rows.length);
  const read = async () => {
    const counts = [0, 0];
    for (const statement of asked.splice(0)) {
      for (const [at, table] of ['attempts', 'messages'].entries())
        counts[at] = (counts[at] ?? 0) + (await rowsReadOf(table, server.container.pool, statement));
    }
    return counts;
  };
  // One block has ten rows; the message is found by its attempt, by itself, and by both.
  for (const q of ['"out of stock"', '400', '"out of stock" blue']) {
    assert.equal(await find(q), 1, q);
    const [attempts = 0, messages = 0] = await read();
    assert.ok(
      attempts < 60 && messages < 60,
      `${q}: ${String(attempts)} attempts, ${String(messages)} messages`,
    );
  }
});

test('a search that takes long goes on by its links, and ends', async () => {
  let path: string | undefined = 'messages?q=blue+red';
  let pages = 0;
  for (; path !== undefined; pages += 1) {
    const { rows, next } = await get(path);
    assert.deepEqual(rows, []);
    path = next;
  }
  assert.ok(pages > 1, 'all was read for one page');
});

test('a failure is found without reading what can hold none', async () => {
  const { rows, next } = await get('webhook_attempts?status=failed');
  assert.equal(rows.length, 1);
  assert.equal(next, undefined);
});

test('several workers make each block once', async () => {
  const { pool } = server.container;
  await pool.query('update search_progress set next_id = default, due_at = now()');
  await pool.query('delete from search_blocks');
  await Promise.all([indexOf(server).catchUp(), indexOf(server).catchUp(), indexOf(server).catchUp()]);
  const { rows } = await pool.query<{ seen: number }>(
    `select sum(rows_seen)::int as seen from search_blocks where app_id = $1 group by list order by list`,
    [own.app.id],
  );
  assert.deepEqual(
    rows.map(({ seen }) => seen),
    [800, 800],
  );
});

test('blocks of what retention has deleted are deleted, the others stay', async () => {
  const { pool } = server.container;
  const later = { ...systemClock, now: () => Date.now() + 400 * 24 * HOUR_MS };
  await applyRetention({ pool, clock: later }, other.app.accountId, new AbortController().signal);
  const { rows } = await pool.query<{ app: string }>('select distinct app_id as app from search_blocks');
  assert.deepEqual(rows, [{ app: own.app.id }]);
});

async function get(path: string) {
  const url = new URL(path, `${server.url}/api/v1/apps/${own.app.id}/`);
  const response = await fetch(url, { headers: { authorization: `Bearer ${own.apiKey}` } });
  const body: unknown = await response.json();
  const rows = Array.isArray(body) ? (body as Record<string, unknown>[]) : [];
  const next = /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return { status: response.status, rows, next };
}
