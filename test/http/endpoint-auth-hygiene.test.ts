import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiOfNewAccount } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { configuredEndpoint } from '#test/support/configured-endpoint.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const SECRET = 'Zs3cretZ-that-is-long';

const AUTHS: [name: string, auth: object][] = [
  ['basic', { type: 'basic', username: 'ada', password: SECRET }],
  ['bearer', { type: 'bearer', token: SECRET }],
  ['an API key in a header', { type: 'api_key', name: 'X-Key', value: SECRET, in: 'header' }],
  ['an API key in the query', { type: 'api_key', name: 'key', value: SECRET, in: 'query' }],
  ['a signature', { type: 'hmac', header: 'X-Sig', algorithm: 'sha256', encoding: 'hex', secret: SECRET }],
];
const forms = [SECRET, Buffer.from(`ada:${SECRET}`).toString('base64')];
const holdsSecret = (text: string) => forms.some((form) => text.includes(form));

for (const [name, auth] of AUTHS) {
  test(`${name}: no answer, attempt, export, audit or row has the secret, also after a failure`, async () => {
    await using receiver = await startReceiver(answer(401));
    const api = await apiOfNewAccount(server);
    const fields = { auth, headers: { 'X-Static-Token': SECRET, 'X-Tenant': `${SECRET}-tenant` } };
    const { app, attempt, path, post } = await configuredEndpoint(api, receiver.url, fields);
    await post();
    await receiver.nextRequest();
    const { id, request_headers: shown } = await attempt();
    assert.deepEqual([shown['X-Static-Token'], shown['X-Tenant']], ['[hidden]', '[hidden]']);
    const texts = await Promise.all(
      [
        `/apps/${app.id}/webhook_attempts`,
        `/apps/${app.id}/webhook_attempts/${id}`,
        '/account/audit_events',
        '/export?include=app,subscription,endpoint,message,delivery,attempt',
        `${path}/stats`,
      ].map(async (one) => (await api.get(one)).text),
    );
    texts.push(JSON.stringify((await api.get(path)).body['auth']));
    for (const text of texts) assert.ok(text.length > 20 && !holdsSecret(text), text);
    for (const table of ['endpoints', 'attempts', 'mails', 'audit_events', 'deliveries']) {
      const { rows } = await server.container.pool.query(`select * from ${table}`);
      assert.ok(!holdsSecret(JSON.stringify(rows)), table);
    }
  });
}

test('an export without secrets has masks, of which an import makes nothing and says so', async () => {
  const api = await apiOfNewAccount(server);
  const fields = { auth: AUTHS[1]?.[1], headers: { 'X-Tenant': SECRET }, signature: { hostedhooks: false } };
  await configuredEndpoint(api, 'http://127.0.0.1:9/', fields);
  const { text } = await api.get('/export');
  assert.ok(!holdsSecret(text));
  const into = await apiOfNewAccount(server);
  const report = await into.post('/import', text, { 'content-type': 'application/x-ndjson' });
  const problems = report.body['problems'] as { message: string }[];
  assert.deepEqual(
    problems.map(({ message }) => message.split(' ')[0]),
    ['auth', 'headers'],
  );
  assert.equal((report.body['imported'] as Record<string, number>)['endpoint'], 1);
  const { first: app } = await into.get('/apps');
  const { first: imported } = await into.get(`/apps/${app.id}/endpoints`);
  assert.deepEqual([imported['auth'], imported.headers], [null, null]);
  assert.deepEqual(imported['signature'], { hostedhooks: false, standard_webhooks: true });
});

test('an export with secrets brings auth and headers along, and they are sent', async () => {
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  await configuredEndpoint(api, receiver.url, { auth: AUTHS[1]?.[1], headers: { 'X-Tenant': SECRET } });
  const { text } = await api.get('/export?secrets=true');
  const into = await apiOfNewAccount(server);
  const report = await into.post('/import', text, { 'content-type': 'application/x-ndjson' });
  assert.deepEqual(report.body['problems'], []);
  const { first: app } = await into.get('/apps');
  await into.post(`/apps/${app.id}/messages`, { event_type: 'user.created', version: '1.0', data: 1 });
  const { headers } = await receiver.nextRequest();
  assert.deepEqual([headers.authorization, headers['x-tenant']], [`Bearer ${SECRET}`, SECRET]);
});
