import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());

async function world() {
  const subscribed = await createSubscribedApp(server, { url: 'http://127.0.0.1:9/' });
  const { app, endpoint } = subscribed;
  const { models } = server.container;
  const browser = new CookieBrowser(server);
  const where = { accountId: app.accountId };
  const resource = await models.HerokuResource.findOne({ where, rejectOnEmpty: true });
  await browser.signOn(resource.id);
  return {
    ...subscribed,
    browser,
    list: `/apps/${app.id}/transformations`,
    rules: endpointRules(app, endpoint),
  };
}

const endpointRules = ({ id: app }: { id: string }, { id }: { id: string }) =>
  `/apps/${app}/endpoints/${id}/rules`;

const ADDS = 'addHandler("transform", (r) => { console.log("seen"); r.body.added = 7; return r; });';

test('a transformation is tried, saved, given to an endpoint, taken away and deleted', async () => {
  const { browser, list, rules, endpointNow } = await world();
  assert.match((await browser.get(list)).text, /No transformations yet/);

  const tried = await browser.post(`${list}/new/try`, { name: 'Adds', code: ADDS, body: '{"n":1}' });
  assert.equal(tried.status, 200);
  assert.match(tried.text, /Would be sent/);
  assert.match(tried.text, /log: seen/);
  assert.match(tried.text, /added/);
  assert.match(
    tried.text,
    /What it changes.*\n {2}{\n- {3}&#34;n&#34;: 1\n\+ {3}&#34;n&#34;: 1,\n\+ {3}&#34;added&#34;: 7\n {2}}/s,
  );
  const triedWith = async (body: string) => {
    const code = `addHandler("transform", (r) => ({ ...r, body: ${body} }));`;
    return (await browser.post(`${list}/new/try`, { name: 'Adds', code, body: '{"n":1}' })).text;
  };
  assert.match(await triedWith('r.body'), /Nothing: the output is the input/);
  assert.match(await triedWith('JSON.stringify(r.body, null, 2)'), /Only spaces and line breaks between/);
  assert.match(tried.text, /r\.body\.added = 7/, 'keeps what was typed');
  assert.match((await browser.get(list)).text, /No transformations yet/, 'nothing is saved');

  const { location } = await browser.post(list, { name: 'Adds', code: ADDS });
  assert.match((await browser.get(location)).text, /The transformation is saved/);
  const id = location.split('/').at(-1) ?? '';

  assert.match((await browser.get(rules)).text, new RegExp(`value="${id}"`));
  assert.equal((await browser.post(rules, { transformation_id: id })).status, 303);
  assert.equal((await endpointNow()).transformationId, id);
  assert.match((await browser.get(rules)).text, new RegExp(`value="${id}" selected`));
  assert.match((await browser.get(location)).text, /127\.0\.0\.1:9/);

  const refused = await browser.post(`${location}/delete`, {});
  assert.equal(refused.status, 409);
  assert.match(refused.text, /Endpoints use the transformation/);

  await browser.post(rules, { transformation_id: '' });
  assert.equal((await endpointNow()).transformationId, null);
  assert.equal((await browser.post(`${location}/delete`, {})).location, list);
  assert.match((await browser.get(list)).text, /No transformations yet/);
});

test('bodies that are too long are not compared, and the page says so', async () => {
  const { browser, list } = await world();
  const tryOn = async (body: string, code = ADDS) =>
    (await browser.post(`${list}/new/try`, { name: 'Adds', code, body })).text;
  const long = JSON.stringify({ text: 'x'.repeat(50_000) });
  // All that the page says, beside what was typed.
  const said = (await tryOn(`["a"${',"a"'.repeat(9000)}]`)).replaceAll(/<textarea[^]*?<\/textarea>/g, '');
  assert.ok(Buffer.byteLength(said) < 100_000, String(Buffer.byteLength(said)));
  assert.match(
    await tryOn(long),
    /What it changes<\/h3>\s*<p class="muted">The bodies are too long to compare\./,
  );
  assert.doesNotMatch(await tryOn('{"n":1}'), /too long to compare/);
  const ignores = 'addHandler("transform", () => null);';
  assert.doesNotMatch(await tryOn(long, ignores), /What it changes/, 'nothing is sent');
});

test('what is wrong is said at the field, with what was typed', async () => {
  const { browser, list, rules, endpointNow } = await world();
  const broken = await browser.post(list, { name: 'Broken', code: 'export default (' });
  assert.equal(broken.status, 422);
  assert.match(broken.text, /SyntaxError/);
  assert.match(broken.text, /value="Broken"/);
  const noJson = await browser.post(`${list}/new/try`, { code: ADDS, body: '{' });
  assert.match(noJson.text, /This is not JSON/);
  const thrown = await browser.post(`${list}/new/try`, {
    code: 'export default () => { throw new Error("no stock"); }',
    body: '{}',
  });
  assert.match(thrown.text, /no stock/);

  const other = await world();
  const { location } = await other.browser.post(other.list, { name: 'Theirs', code: ADDS });
  const theirs = location.split('/').at(-1) ?? '';
  assert.equal((await browser.get(`${list}/${theirs}`)).status, 404);
  assert.equal((await browser.post(`${list}/${theirs}`, { name: 'Mine', code: ADDS })).status, 404);
  assert.equal((await browser.post(rules, { transformation_id: theirs })).status, 422);
  assert.equal((await browser.post(rules, { transformation_id: 'x' })).status, 422);
  assert.equal((await endpointNow()).transformationId, null);
});

test('an older version is compared with the current one, and restored as a new one', async () => {
  const { browser, list, app } = await world();
  const code = (n: number) => `const n = ${String(n)};\n// line\naddHandler("transform", (r) => r);`;
  const { location } = await browser.post(list, { name: 'Kept', code: code(1) });
  assert.match((await browser.get(location)).text, /Only the current one/);
  await browser.post(location, { name: 'Kept', code: code(2) });
  assert.ok((await browser.get(location)).text.includes(`${location}/versions/1`));

  const old = `${location}/versions/1`;
  const { text } = await browser.get(old);
  assert.match(text, /- const n = 1;\n\+ const n = 2;\n {2}\/\/ line/);
  for (const gone of ['versions/3', 'versions/0', 'versions/x', 'versions/1.5', 'versions/3000000000'])
    assert.equal((await browser.get(`${location}/${gone}`)).status, 404, gone);
  assert.equal((await browser.post(`${old}/restore`, { code: 'no' })).status, 422);
  assert.equal((await browser.post(`${old}/restore`, {})).location, location);
  const { transformations, pool } = server.container;
  const now = await transformations.get(app, location.split('/').at(-1) ?? '');
  assert.deepEqual([now.version, now.code], [3, code(1)]);
  assert.match((await browser.get(old)).text, /has the same code/);
  const { rows } = await pool.query(
    `select details from audit_events where account_id = $1 and action = 'transformation.updated' order by id`,
    [app.accountId],
  );
  assert.deepEqual(
    rows.map(({ details }: { details: object }) => details),
    [
      { changed: ['code'], version: 2 },
      { changed: ['code'], version: 3, restored_version: 1 },
    ],
  );
  const { text: audit } = await browser.get('/settings/audit');
  assert.match(audit, /code; version: 3; restored version: 1/);
  assert.ok(audit.includes(`href="${location}"`));

  const other = await world();
  assert.equal((await other.browser.get(old)).status, 404);
  assert.equal((await other.browser.post(`${old}/restore`, {})).status, 404);
});

test('the present version is kept, and the 20 before it', async () => {
  const { browser, list, app } = await world();
  const code = (n: number) => `addHandler("transform", (r) => r); // ${String(n)}`;
  const { transformations } = server.container;
  let one = await transformations.create(app, { name: 'Kept', code: code(1) });
  const update = async (n: number) => {
    one = await transformations.update(one, { code: code(n) });
  };
  for (let n = 2; n <= 21; n += 1) await update(n);
  const statusOf = async (version: number) =>
    (await browser.get(`${list}/${one.id}/versions/${String(version)}`)).status;
  assert.equal(await statusOf(1), 200);
  await update(22);
  assert.deepEqual([await statusOf(1), await statusOf(2)], [404, 200]);
  const { text } = await browser.get(`${list}/${one.id}`);
  const shown = [...text.matchAll(/Version (\d+)<\/a>/g)].map(([, version]) => Number(version));
  assert.deepEqual(
    shown,
    Array.from({ length: 20 }, (_, n) => 21 - n),
  );
});
