import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { apiOfNewAccount } from '#test/support/api.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';

const ANSWER = {
  ...{ status: '503', delay_seconds: '0', fail_first: '2', content_type: 'text/plain' },
  ...{ headers: 'Retry-After: 60\r\nX-A: b', body: 'busy' },
};

describe('the pages of a Hook Helper', () => {
  let server: TestServer;
  let visitor: Visitor;
  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  async function newHelper(label = 'Orders') {
    const helper = await server.container.hookHelpers.create(visitor.accountId, { label });
    const address = `${server.url}/r/${helper.token}`;
    const send = (body: string | Buffer = '{"a":1}', headers: Record<string, string> = {}) =>
      fetch(address, { method: 'POST', body, headers });
    return { helper, address, send, path: `/hook_helpers/${helper.id}` };
  }

  it('set what it answers, keep what was typed when that is refused, and set it back', async () => {
    const { path, send } = await newHelper();
    const wrong = { ...ANSWER, status: '99', headers: 'nonsense', delay_seconds: '26' };
    const refused = await visitor.post(`${path}/answer`, wrong);
    assert.equal(refused.status, 422);
    for (const text of [
      'value="99"',
      '>\nnonsense</textarea>',
      'Write one header a line',
      'The delay must',
    ]) {
      assert.ok(refused.text.includes(text), text);
    }
    assert.equal((await visitor.post(`${path}/answer`, ANSWER)).status, 303);
    const { text } = await visitor.get(path);
    assert.match(text, /Answers 503 at once to 2 more requests, then 200/);
    const answer = await send();
    assert.deepEqual(
      [answer.status, answer.headers.get('retry-after'), await answer.text()],
      [503, '60', 'busy'],
    );
    assert.match((await visitor.get(path)).text, /answered 503/);
    assert.equal((await visitor.post(`${path}/answer/reset`, ANSWER)).status, 303);
    assert.equal((await send()).status, 200);
    assert.match((await visitor.get(path)).text, /Answers 200 at once/);
  });

  it('rename it, and delete what arrived', async () => {
    const { path, send } = await newHelper();
    await send('{"marked":"arrival"}');
    assert.match((await visitor.get(path)).text, /marked/);
    assert.equal((await visitor.post(path, { label: '' })).status, 422);
    assert.equal((await visitor.post(path, { label: 'Renamed' })).status, 303);
    assert.equal((await visitor.post(`${path}/clear`, {})).status, 303);
    const { text } = await visitor.get(path);
    assert.match(text, /<h1>Renamed<\/h1>/);
    assert.doesNotMatch(text, /marked/);
  });

  it('delete it, once its name is typed', async () => {
    const { path, address } = await newHelper('Mine');
    const refused = await visitor.post(`${path}/delete`, { confirmation: 'Other' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /This is not the Hook Helper’s name/);
    assert.equal((await fetch(address)).status, 200);
    assert.equal((await visitor.post(`${path}/delete`, { confirmation: 'Mine' })).status, 303);
    assert.equal((await fetch(address)).status, 404);
  });

  it('say which endpoints post here, and what each signature proved', async () => {
    const { path, send, address } = await newHelper();
    await send();
    assert.match((await visitor.get(path)).text, /Not ours/);
    const { apps, endpoints, subscriptions } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    const subscription = await subscriptions.create(app, { name: 'Globex <b>' });
    const endpoint = await endpoints.create(subscription, { url: `${address}/orders`, version: '1.0' });
    await send();
    const { text } = await visitor.get(path);
    assert.match(text, /No signature/);
    const link = `href="/apps/${app.id}/endpoints/${endpoint.id}">Globex &lt;b&gt;</a>`;
    assert.ok(text.includes(link), link);
    assert.ok((await visitor.get('/hook_helpers')).text.includes(link), link);
  });

  it('show 10 arrivals a page, with older ones behind a link', async () => {
    const { path, send } = await newHelper();
    for (let n = 0; n < 12; n += 1) await send(`{"n":"arrival ${String(n)} of 12"}`);
    const { text } = await visitor.get(path);
    assert.equal(text.match(/<details class="arrival"/g)?.length, 10);
    const older = /href="([^"]*before=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const next = await visitor.get(older);
    assert.equal(next.text.match(/<details class="arrival"/g)?.length, 2);
    assert.match(next.text, /arrival 0 of 12/);
    assert.doesNotMatch(next.text, /data-live=/);
  });

  it('give an arrival as a command for curl, which sends the same again', async () => {
    const { path, send, helper } = await newHelper();
    await send(`{"it's":"$HOME @"}`, { 'X-Own': `it's`, 'content-type': 'application/json' });
    const [first] = await server.container.hookHelpers.requests(helper, { limit: 1 });
    const page = await visitor.get(`${path}/requests/${first?.id ?? ''}`);
    assert.equal(page.status, 200);
    const curl = /data-copy="([^"]*curl [^"]*)"/.exec(page.text)?.[1] ?? '';
    const command = unescape(curl);
    assert.match(command, /^curl -X POST 'http/);
    const { execFile } = await import('node:child_process');
    await new Promise((resolve) => execFile('sh', ['-c', command], resolve));
    const [again] = await server.container.hookHelpers.requests(helper, { limit: 1 });
    assert.notEqual(again?.id, first?.id);
    assert.equal(String(again?.body), `{"it's":"$HOME @"}`);
    const ownOf = (headers: [string, string][] = []) => headers.find(([name]) => /x-own/i.test(name))?.[1];
    assert.equal(ownOf(again?.headers), `it's`);
    const body = await visitor.get(`${path}/requests/${first?.id ?? ''}/body`);
    assert.equal(body.text, `{"it's":"$HOME @"}`);
  });

  it('stay below 100 KB with the largest arrivals', async () => {
    const large = JSON.stringify(Array.from({ length: 3000 }, (_, n) => ({ [`"<${String(n)}`]: '&<>"' })));
    for (const body of [large, `[${'true,'.repeat(700)}true]`, `[${'"a",'.repeat(700)}"a"]`]) {
      const { path, send } = await newHelper();
      for (let n = 0; n < 10; n += 1) await send(n % 2 === 0 ? body : body.slice(0, 3000));
      const { text } = await visitor.get(path);
      assert.ok(Buffer.byteLength(text) < 100_000, String(Buffer.byteLength(text)));
    }
  });

  it('of another account are not found', async () => {
    const stranger = await apiOfNewAccount(server);
    const { body: helper } = await stranger.post('/hook_helpers', { label: 'Theirs' });
    const path = `/hook_helpers/${helper.id}`;
    await fetch(server.url + new URL(helper.url).pathname);
    const { first } = await stranger.get(`${path}/requests`);
    const answers = [
      visitor.get(path),
      visitor.get(`${path}/requests/${first.id}`),
      visitor.get(`${path}/requests/${first.id}/body`),
      visitor.post(path, { label: 'Mine' }),
      visitor.post(`${path}/answer`, ANSWER),
      visitor.post(`${path}/answer/reset`, ANSWER),
      visitor.post(`${path}/clear`, {}),
      visitor.post(`${path}/delete`, { confirmation: 'Theirs' }),
    ];
    assert.deepEqual(new Set((await Promise.all(answers)).map(({ status }) => status)), new Set([404]));
    assert.equal((await stranger.get(path)).body['label'], 'Theirs');
  });
});

const unescape = (html: string) =>
  html
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
