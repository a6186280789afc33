import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { addAttempts, addMessages, idsSince } from '#test/support/searched-log.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';

const MINUTE_MS = 60_000;

let server: TestServer;
let visitor: Visitor;
let path: string;

before(async () => {
  server = await sharedServer('web');
  visitor = await signedInVisitor(server);
  const { apps, subscriptions, endpoints, pool } = server.container;
  const app = await apps.create(visitor.accountId, { name: 'Acme' });
  const subscription = await subscriptions.create(app, { name: 'Globex' });
  const endpoint = await endpoints.create(subscription, { url: 'https://example.com/', version: '1.0' });
  const owner = { app, subscription, endpoint };
  const [first = '', second = ''] = idsSince(MINUTE_MS, 2);
  await addMessages(pool, owner, [
    { id: first, data: '{"city":"Springfield"}' },
    { id: second, data: '{"city":"Shelbyville"}', eventId: 'order-42' },
  ]);
  const [tried = ''] = idsSince(MINUTE_MS / 2, 1);
  const attempt = { id: tried, messageId: second, succeeded: true, statusCode: 200, responseBody: 'taken' };
  await addAttempts(pool, owner, [attempt]);
  path = `/apps/${app.id}`;
});
after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

test('the search field of the messages keeps what was typed and lists what holds it', async () => {
  const { text } = await visitor.get(`${path}/messages?q=%22%3CSpringfield`);
  assert.match(text, /name="q" type="search" value="&#34;&lt;Springfield"/);
  assert.equal((await rowsOf('messages', 'springfield')).length, 1);
  assert.equal((await rowsOf('messages', '')).length, 2);
  assert.match((await visitor.get(`${path}/messages?q=nowhere`)).text, /Nothing matches/);
});

test('the search finds what the lists show: an event id, and an event type', async () => {
  for (const page of ['messages', 'webhook_attempts'] as const) {
    assert.equal((await rowsOf(page, 'order-42')).length, 1, page);
    assert.equal((await rowsOf(page, 'order-43')).length, 0, page);
    assert.equal((await rowsOf(page, 'user.created')).length, page === 'messages' ? 2 : 1);
  }
});

test('the search field of the log looks into payloads and answers', async () => {
  assert.equal((await rowsOf('webhook_attempts', 'taken+shelbyville')).length, 1);
  assert.equal((await rowsOf('webhook_attempts', 'springfield')).length, 0);
  assert.match((await visitor.get(`${path}/webhook_attempts?q=nowhere`)).text, /Nothing matches/);
});

async function rowsOf(page: 'messages' | 'webhook_attempts', q: string): Promise<string[]> {
  const { text } = await visitor.get(`${path}/${page}${q === '' ? '' : `?q=${q}`}`);
  const links = text.match(new RegExp(`/${page}/[0-9a-f-]{36}`, 'g')) ?? [];
  return [...new Set(links)];
}

test('a list says which filter of its address it does not know, and which value', async () => {
  const shown = async (page: string) => {
    const { text } = await visitor.get(page.startsWith('/') ? page : `${path}/${page}`);
    return /notice-warning[^]*?<p>([^<]*)<\/p>/.exec(text)?.[1];
  };
  assert.match(
    (await shown('webhook_attempts?stauts=failed')) ?? '',
    /“stauts” is no filter. Did you mean “status”/,
  );
  assert.match(
    (await shown('webhook_attempts?status=fialed')) ?? '',
    /“status” has a value that nothing here has/,
  );
  assert.match((await shown('messages?status=failed')) ?? '', /“status” is no filter/);
  assert.match((await shown('/logs?endpoint_id=1')) ?? '', /“endpoint_id” is no filter/, 'it is of one app');
  assert.match((await shown('/logs?endpoint_id=1')) ?? '', /shown is the whole list/, 'there is no rest');
  assert.match((await shown('messages?stauts=failed&q=order-42')) ?? '', /Shown is what matches the rest/);
  assert.match((await shown('webhook_attempts?status=fialed')) ?? '', /shown is the whole list/);
  for (const query of ['', '?status=failed&q=&event_type=', '?status=success&q=taken']) {
    assert.equal(await shown(`webhook_attempts${query}`), undefined, query);
  }
});

test('the log of all apps is searched and filtered, and leads to the log of an app with what was asked', async () => {
  const found = async (query: string) => {
    const { text } = await visitor.get(`/logs${query}`);
    return new Set(text.match(/webhook_attempts\/[0-9a-f-]{36}/g) ?? []).size;
  };
  assert.equal(await found(''), 1);
  assert.equal(await found('?q=taken'), 1);
  assert.equal(await found('?q=nowhere'), 0);
  assert.equal(await found('?status=failed'), 0);
  assert.equal(await found('?status_class=2xx&last=1h'), 1);
  const { location } = await visitor.get(`/logs?q=taken+%26&status=success&event_type=&app=${path.slice(6)}`);
  assert.equal(location, `${path}/webhook_attempts?q=taken+%26&status=success`);
  const stranger = await signedInVisitor(server);
  assert.equal((await stranger.get(`/logs?app=${path.slice(6)}`)).status, 404);
});

test('the log of all apps names an app that is older than a hundred others, and lets it be chosen', async () => {
  await server.container.pool.query(
    `insert into apps (id, account_id, name) select id, $1, 'Later' from unnest($2::uuid[]) id`,
    [visitor.accountId, Array.from({ length: 101 }, () => uuidv7(Date.now()))],
  );
  const { text } = await visitor.get('/logs');
  assert.match(text, new RegExp(`<option value="${path.slice(6)}"`));
  const [row = ''] = /<tr>(?:(?!<tr>)[^])*webhook_attempts\/[0-9a-f-]{36}[^]*?<\/tr>/.exec(text) ?? [];
  assert.match(row, /cell-note muted">Acme</, 'the row has the name of its app');
});
