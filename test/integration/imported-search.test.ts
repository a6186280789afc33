import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { parseTextQuery } from '#src/domain/search/text-query.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import { addAttempts, addMessages } from '#test/support/searched-log.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

const HOUR_MS = 3_600_000;

test('what is imported among rows that are in the index already is found: at once, and when it is counted again', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { attempts, logger, messages, pool } = server.container;
  const clock = { ms: Date.now(), now: () => clock.ms, monotonicNow: () => clock.ms };
  const index = new SearchIndex({ pool, clock, logger, blockRows: 2 });
  const [from, to] = [await ownerOfAcme(server), await ownerOfAcme(server)];
  await log(server, to, { word: 'own', statusCode: 200, at: [0, 4, 8, 12] });
  await log(server, from, { word: 'zebra', statusCode: 503, at: [5] });

  // Counted again for the last time long ago.
  for (let hour = 0; hour < 3; hour += 1) {
    await index.catchUp();
    clock.ms += HOUR_MS;
  }
  // As many as before are there afterwards: what came is not told by their number.
  for (const table of ['messages', 'attempts'])
    await pool.query(
      `delete from ${table} where app_id = $1 and date_bin('1 ms', time_of_id(id), 'epoch') = $2`,
      [to.app.id, new Date(startMs + 8)],
    );
  await move(server, { from, to });

  const text = parseTextQuery('zebra');
  assert.ok(text);
  const found = async () => [
    (await messages.search(to.app, { text }, firstPage(10))).rows.length,
    (await attempts.search(to.app, { text }, firstPage(10))).rows.length,
    (await attempts.search(to.app, { statusCode: 503 }, firstPage(10))).rows.length,
  ];
  assert.deepEqual(await found(), [1, 1, 1]);
  await index.catchUp();
  assert.deepEqual(await found(), [1, 1, 1]);
  const { rows } = await pool.query<{ isAhead: boolean }>(
    'select recount_at > $1 as "isAhead" from search_recounts',
    [new Date(clock.ms)],
  );
  assert.ok(rows.length > 0, 'what is made anew is counted again: another import may come meanwhile');
  assert.ok(rows.every(({ isAhead }) => isAhead));
  const { rows: filters } = await pool.query<{ all: boolean }>(
    `select filter = decode(repeat('ff', 32), 'hex') as all from search_blocks`,
  );
  assert.ok(filters.length > 0 && filters.every(({ all }) => !all), 'each is a real one again');
});

async function ownerOfAcme(server: TestServer): Promise<SubscribedApp> {
  return createSubscribedApp(server, { url: 'https://example.com/', app: { uid: 'acme' } });
}

/** One message and one attempt of it at each of these milliseconds of an hour ago. */
async function log(
  { container: { pool } }: TestServer,
  owner: SubscribedApp,
  { word, statusCode, at }: { word: string; statusCode: number; at: number[] },
): Promise<void> {
  const ids = at.map((ms) => uuidv7(startMs + ms));
  await addMessages(
    pool,
    owner,
    ids.map((id) => ({ id, data: JSON.stringify({ word }) })),
  );
  await addAttempts(
    pool,
    owner,
    ids.map((messageId, n) => ({
      id: uuidv7(startMs + (at[n] ?? 0)),
      messageId,
      succeeded: statusCode === 200,
      statusCode,
      responseBody: null,
    })),
  );
}
const startMs = Date.now() - HOUR_MS;

async function move(
  { url }: TestServer,
  { from, to }: { from: SubscribedApp; to: SubscribedApp },
): Promise<void> {
  const of = ({ apiKey }: SubscribedApp) => ({ headers: { authorization: `Bearer ${apiKey}` } });
  const body = await (await fetch(`${url}/api/v1/export`, of(from))).text();
  const answer = await fetch(`${url}/api/v1/import`, { method: 'POST', body, ...of(to) });
  const report = (await answer.json()) as { imported: Record<string, number> };
  assert.deepEqual([report.imported['message'], report.imported['attempt']], [1, 1]);
}
