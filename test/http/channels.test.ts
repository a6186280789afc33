import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import type { ChannelNews } from '#src/infra/queue/jobs.ts';
import { answer, inTurn } from '#test/support/behaviours.ts';
import { emptyBucket } from '#test/support/quotas.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const PATH = '/settings/notifications';
const NEWS: ChannelNews = {
  kind: 'endpoint_disabled',
  title: 'Acme: 12 endpoints were turned off',
  endpoints: [{ url: 'https://globex.example/hook', subscriber: '<!channel> & Söhne.example' }],
  count: 12,
  url: 'https://hooks.example/apps/1',
  atMs: Date.UTC(2026, 10, 29),
};

describe('a channel', () => {
  let server: TestServer;
  let visitor: Visitor;
  let app: Awaited<ReturnType<TestServer['container']['apps']['create']>>;
  let receiver: Receiver;

  before(async () => {
    [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
    visitor = await signedInVisitor(server);
    app = await server.container.apps.create(visitor.accountId, { name: 'Acme' });
  });
  after(async () => {
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
    await (receiver as Receiver | undefined)?.close();
  });

  const add = (fields: Record<string, string> = {}) =>
    visitor.post(`${PATH}/channels`, {
      app: app.id,
      name: '#webhooks',
      format: 'slack',
      url: `${receiver.url}/services/secret-path`,
      kinds: 'endpoint_disabled',
      ...fields,
    });
  const list = () => server.container.channels.list(visitor.accountId);
  const tell = (news: ChannelNews) =>
    transaction(server.container.pool, (client) =>
      server.container.channels.tell(client, { accountId: visitor.accountId, appId: app.id }, news),
    );

  it('is added, tested and deleted under Settings, and its URL is shown to nobody', async () => {
    const added = await add();
    assert.equal(added.status, 303);
    const page = await visitor.get(added.location);
    assert.match(page.text, /The channel is added/);
    assert.match(page.text, /#webhooks/);
    assert.ok(!page.text.includes('secret-path'));
    const [channel] = await list();
    const tested = await visitor.post(`${PATH}/channels/${channel?.id ?? ''}/test`, {});
    assert.match((await visitor.get(tested.location)).text, /The test arrived/);
    const { path, body } = await receiver.nextRequest();
    assert.equal(path, '/services/secret-path');
    assert.match(String(body), /"text":"\*This is a test/);
    await visitor.post(`${PATH}/channels/${channel?.id ?? ''}/delete`, {});
    assert.deepEqual(await list(), []);
  });

  it('is told in its format of what it wants to hear, and of nothing else', async () => {
    await add();
    await add({ format: 'json', name: 'our own' });
    await tell({ ...NEWS, kind: 'secret_rotated' });
    await tell(NEWS);
    const bodies = [await receiver.nextRequest(), await receiver.nextRequest()].map(
      ({ body }) => JSON.parse(String(body)) as { text?: string },
    );
    assert.deepEqual(
      bodies.find(({ text }) => text === undefined),
      {
        type: 'endpoint_disabled',
        title: NEWS.title,
        count: 12,
        endpoints: NEWS.endpoints,
        url: NEWS.url,
        created: '2026-11-29T00:00:00.000Z',
      },
    );
    assert.equal(
      bodies.find(({ text }) => text !== undefined)?.text,
      [
        '*Acme: 12 endpoints were turned off*',
        '• &lt;!channel&gt; &amp; Söhne.\u200bexample: https:\u200b//globex.\u200bexample/hook',
        'and 11 more',
        '<https://hooks.example/apps/1|Open>',
      ].join('\n'),
    );
    for (const { id } of await list()) await server.container.channels.delete(visitor.accountId, id);
  });

  it('is told of issues with what to do about them', async () => {
    await add({ kinds: 'issue_opened' });
    assert.match((await visitor.get(PATH)).text, /An issue opens at an endpoint that is not failing<\/td>/);
    const [endpoint] = NEWS.endpoints;
    await tell({ ...NEWS, kind: 'issue_opened', count: 1, endpoints: [{ ...endpoint!, advice: 'Do it.' }] });
    const { body } = await receiver.nextRequest();
    assert.match((JSON.parse(String(body)) as { text: string }).text, /\/hook\n {3}Do it\.\n<https/);
    for (const { id } of await list()) await server.container.channels.delete(visitor.accountId, id);
  });

  it('that does not answer well is shown as failing, and tried again', async () => {
    await using failing = await startReceiver(inTurn(answer(500), answer(200)));
    await add({ url: failing.url });
    const { atMs } = { atMs: Date.now() };
    await tell({ ...NEWS, atMs });
    await eventually('failing', async () => (await list())[0]?.lastError != null);
    assert.match((await visitor.get(PATH)).text, /Failing[^]*answered 500/);
    const [channel] = await list();
    const again = await visitor.post(`${PATH}/channels/${channel?.id ?? ''}/test`, {});
    assert.match((await visitor.get(again.location)).text, /The test arrived/);
    assert.equal((await list())[0]?.failingSince, null);
    await server.container.channels.delete(visitor.accountId, channel?.id ?? '');
  });

  it('is tested as often as an account may send tests, and then no more', async () => {
    await add();
    const [channel] = await list();
    const path = `${PATH}/channels/${channel?.id ?? ''}/test`;
    const before = receiver.requests.length;
    assert.equal((await visitor.post(path, {})).status, 303);
    await emptyBucket(server, 'test_rates', visitor.accountId);
    const refused = await visitor.post(path, {});
    assert.equal(refused.status, 429);
    assert.match(refused.text, /60 tests a minute/);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal(receiver.requests.length, before + 1);
    await server.container.channels.delete(visitor.accountId, channel?.id ?? '');
  });

  it('is refused where it cannot be, and is nobody else’s', async () => {
    const refused = await add({ url: 'ftp://chat.example/' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /id="url-error"/);
    await add();
    const [channel] = await list();
    const other = await signedInVisitor(server);
    assert.equal((await other.post(`${PATH}/channels/${channel?.id ?? ''}/test`, {})).status, 404);
    assert.equal((await other.post(`${PATH}/channels/${channel?.id ?? ''}/delete`, {})).status, 404);
    const fields = { app: app.id, name: 'x', format: 'slack', url: receiver.url };
    const foreign = await other.post(`${PATH}/channels`, fields);
    assert.equal(foreign.status, 404);
    for (let count = 1; count < 10; count += 1) assert.equal((await add()).status, 303);
    const eleventh = await add();
    assert.equal(eleventh.status, 409);
    assert.match(eleventh.text, /at most 10 channels/);
  });
});
