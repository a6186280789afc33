import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMember, allMails, enqueueMail, keyMail } from '#test/support/mails.ts';
import { PRODUCTION } from '#test/support/production.ts';
import { startTestServer } from '#test/support/server.ts';
import { visitorOf } from '#test/support/pages.ts';

test('in development the mails of all accounts are shown, newest first, each as text and as HTML', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { get } = visitorOf(server.url);
  assert.match((await get('/dev/mail')).text, /No mails yet/);
  for (const email of ['ada@acme.example', 'bo@globex.example']) {
    const { accountId } = await server.createAccount();
    await addMember(server, accountId, { email });
    await enqueueMail(server, keyMail(accountId, { keyPrefix: '<i>hhk' }));
  }
  const { status, text } = await get('/dev/mail');
  assert.equal(status, 200);
  assert.match(text, /bo@globex\.example[^]*ada@acme\.example/);

  const [newest] = await allMails(server);
  const page = await get(`/dev/mail/${newest!.id}`);
  assert.match(page.text, /The new key begins with &lt;i&gt;hhk/);
  assert.ok(page.text.includes(`/dev/mail/${newest!.id}/html`));
  const html = await get(`/dev/mail/${newest!.id}/html`);
  assert.equal(html.text, newest!.html);
  assert.match(html.headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox/);

  const json = await fetch(`${server.url}/dev/mail`, { headers: { accept: 'application/json' } });
  const { data } = (await json.json()) as { data: { recipient: string; text: string }[] };
  assert.deepEqual(
    data.map(({ recipient }) => recipient),
    ['bo@globex.example', 'ada@acme.example'],
  );
  assert.equal(data[0]?.text, newest!.text);
});

test('what is no mail is not found', async () => {
  await using server = await startTestServer({ runs: 'web' });
  for (const id of ['x', '00000000-0000-7000-8000-000000000000']) {
    for (const path of [`/dev/mail/${id}`, `/dev/mail/${id}/html`])
      assert.equal((await visitorOf(server.url).get(path)).status, 404, path);
  }
});

test('in production there is no such page, whatever is there, and nothing fails without a mail server', async () => {
  await using server = await startTestServer({ runs: 'web', env: PRODUCTION });
  const { accountId } = await server.createAccount();
  await addMember(server, accountId);
  await enqueueMail(server, keyMail(accountId));
  const [mail] = await allMails(server);
  for (const path of ['/dev/mail', `/dev/mail/${mail!.id}`, `/dev/mail/${mail!.id}/html`]) {
    const { status, text } = await visitorOf(server.url).get(path);
    assert.equal(status, 404, path);
    assert.doesNotMatch(text, /ada@acme\.example/);
  }
});
