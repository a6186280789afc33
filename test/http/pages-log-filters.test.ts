import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { addAttempts, addMessages, idsSince } from '#test/support/searched-log.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { messageTo } from '#test/support/subscribed-app.ts';

const HOUR_MS = 3_600_000;

describe('the logs of an app, filtered', () => {
  let server: TestServer;
  let receiver: Receiver;
  let visitor: Visitor;
  let path: string;
  const ids: Record<string, string> = {};

  before(async () => {
    server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
    receiver = await startReceiver((exchange) => {
      const isGood = exchange.request.path === '/globex';
      exchange.response.writeHead(isGood ? 200 : 503).end();
    });
    visitor = await signedInVisitor(server);
    const { apps, acceptor, endpoints, pool, subscriptions, webhookEvents } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: 'user.created' });
    path = `/apps/${app.id}`;
    for (const name of ['Globex', 'Globex North', 'Initech']) {
      const subscription = await subscriptions.create(app, {
        name,
        uid: name.toLowerCase().replace(' ', '-'),
      });
      const url = `${receiver.url}/${name.toLowerCase().replace(' ', '-')}`;
      const endpoint = await endpoints.create(subscription, { url, version: '1.0' });
      Object.assign(ids, { [name]: subscription.id, [`${name} endpoint`]: endpoint.id });
      if (name !== 'Globex') continue;
      // Of three hours ago, so that times have something to leave out.
      const owner = { app, subscription, endpoint };
      const [old = ''] = idsSince(3 * HOUR_MS, 1);
      const [tried = ''] = idsSince(3 * HOUR_MS - 1000, 1);
      await addMessages(pool, owner, [{ id: old, data: '{"city":"Shelbyville"}' }]);
      const attempt = { id: tried, messageId: old, succeeded: true, statusCode: 200, responseBody: null };
      await addAttempts(pool, owner, [attempt]);
    }
    await acceptor.accept(messageTo(app));
    await eventually('ended', async () => (await rowsOf('deliveries?state=failed')) === 2);
  });
  after(async () => {
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
    await (receiver as Receiver | undefined)?.[Symbol.asyncDispose]();
  });

  /** Rows of the table of a list. */
  async function rowsOf(query: string): Promise<number> {
    const { status, text } = await visitor.get(`${path}/${query}`);
    assert.equal(status, 200, query);
    return (/<tbody>([^]*)<\/tbody>/.exec(text)?.[1]?.match(/<tr>/g) ?? []).length;
  }

  it('each filter lets through what it says, and no other', async () => {
    const utc = (agoMs: number) => new Date(Date.now() - agoMs).toISOString().slice(0, 16);
    const found: [string, number][] = [
      ['webhook_attempts', 6],
      ['webhook_attempts?status=failed', 4],
      ['webhook_attempts?status_class=5xx', 4],
      ['webhook_attempts?status_code=200', 2],
      ['webhook_attempts?outcome=timeout', 0],
      ['webhook_attempts?outcome=status', 6],
      ['webhook_attempts?trigger=replay', 0],
      ['webhook_attempts?event_type=user.deleted', 0],
      [`webhook_attempts?subscription_id=${ids['Globex'] ?? ''}`, 2],
      [`webhook_attempts?endpoint_id=${ids['Initech endpoint'] ?? ''}`, 2],
      ['webhook_attempts?last=1h', 5],
      [`webhook_attempts?until=${utc(HOUR_MS)}`, 1],
      [`webhook_attempts?since=${utc(HOUR_MS)}Z&status=success`, 1],
      ['webhook_attempts?q=shelbyville', 1],
      ['deliveries', 4],
      ['deliveries?state=failed', 2],
      ['deliveries?status_class=5xx', 2],
      ['deliveries?outcome=status&state=delivered', 2],
      ['deliveries?last=24h&state=delivered', 2],
      ['deliveries?last=1h&state=delivered', 1],
      ['deliveries?q=shelbyville', 1],
      ['messages', 2],
      ['messages?state=failed', 1],
      ['messages?last=1h', 1],
      ['messages?channel=eu', 0],
      [`messages?subscription_id=${ids['Initech'] ?? ''}`, 1],
    ];
    for (const [query, count] of found) assert.equal(await rowsOf(query), count, query);
  });

  it('messages tell how they fared, the worst first', async () => {
    const { text } = await visitor.get(`${path}/messages`);
    const [, first = '', second = ''] = text.split('<tbody>')[1]?.split('<tr>') ?? [];
    assert.match(first, /Given up[^]*2 given up, 1 delivered/);
    assert.match(second, /Delivered/);
    assert.doesNotMatch(second, / of /);
  });

  it('the form’s empty fields are no part of the address', async () => {
    const { status, location } = await visitor.get(
      `${path}/webhook_attempts?q=&status=failed&event_type=&last=`,
    );
    assert.equal(status, 302);
    assert.equal(location, `${path}/webhook_attempts?status=failed`);
  });

  it('a subscriber or an endpoint is typed, and becomes its id', async () => {
    const to = async (query: string) => (await visitor.get(`${path}/webhook_attempts?${query}`)).location;
    const globex = `${path}/webhook_attempts?subscription_id=${ids['Globex'] ?? ''}`;
    assert.equal(await to('subscriber=globex'), globex, 'its name, before a longer one');
    assert.equal(await to(`subscriber=${ids['Globex'] ?? ''}`), globex, 'its id');
    assert.equal(
      await to('status=failed&subscriber=initech&endpoint=%2Finitech'),
      `${path}/webhook_attempts?status=failed&subscription_id=${ids['Initech'] ?? ''}&endpoint_id=${ids['Initech endpoint'] ?? ''}`,
    );
    const { status, text } = await visitor.get(`${path}/webhook_attempts?subscriber=glob&status=failed`);
    assert.equal(status, 200);
    assert.match(text, /Which subscriber\?/);
    for (const name of ['Globex', 'Globex North'])
      assert.ok(text.includes(`status=failed&amp;subscription_id=${ids[name] ?? ''}`), name);
    assert.doesNotMatch(text, /<tbody>/, 'no list that looks as if it were of them');
    assert.match((await visitor.get(`${path}/deliveries?endpoint=nowhere`)).text, /No endpoint is called so/);
  });

  it('what is on is named, and can be taken back', async () => {
    const { text } = await visitor.get(
      `${path}/webhook_attempts?status=failed&subscription_id=${ids['Globex'] ?? ''}&outcome=timeout`,
    );
    const chips = /class="chips"[^]*?<\/ul>/.exec(text)?.[0] ?? '';
    for (const shown of [
      /Globex/,
      /Timed out/,
      /\?status=failed&amp;outcome=timeout"/,
      /\?status=failed&amp;subscription_id=[0-9a-f-]+"/,
    ])
      assert.match(chips, shown);
    assert.match(text, /type="hidden" name="subscription_id"/);
  });

  it('nobody finds another account’s by typing', async () => {
    const stranger = await signedInVisitor(server);
    const theirs = await server.container.apps.create(stranger.accountId, { name: 'Theirs' });
    for (const typed of ['Initech', ids['Initech'] ?? '', 'initech']) {
      const { text } = await stranger.get(`/apps/${theirs.id}/webhook_attempts?subscriber=${typed}`);
      assert.match(text, /No subscriber is called so/, typed);
    }
    assert.equal((await stranger.get(`${path}/webhook_attempts?subscriber=Initech`)).status, 404);
  });
});
