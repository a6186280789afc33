import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import type { EndpointChanges } from '#src/domain/endpoints/endpoints.ts';
import type { BulkAction } from '#src/domain/replays/bulk-actions.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import { startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';

describe('bulk actions on endpoints', () => {
  let server: TestServer;
  let visitor: Visitor;

  before(async () => {
    server = await sharedServer();
    visitor = await signedInVisitor(server);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('turn on what is ticked and replay what it missed, and again change nothing', async () => {
    await using receiver = await startReceiver();
    const { app, ids } = await offEndpoints(receiver.url, 3);
    await server.container.acceptor.accept(messageTo(app));

    const list = (await visitor.get(`/apps/${app.id}/endpoints`)).text;
    assert.match(list, /action="[^"]*\/endpoints\/bulk"/);
    assert.match(list, /name="action" value="turn_on_and_replay"/);
    const first = await act(app, 'turn_on_and_replay', ids);
    assert.equal(first.status, 200);
    assert.match(wordsOf(first.text), /3 of 3 endpoints turned on, and 3 deliveries go out again\./);
    assert.match(wordsOf(first.text), /Globex 0 127\.0\.0\.1:\d+\/0 Turned on; 1 delivery goes out again\./);
    await receiver.firstRequests(3);
    await eventually('the replays are over', async () => (await running(app)) === 0);
    const again = wordsOf((await act(app, 'turn_on_and_replay', ids)).text);
    assert.match(again, /0 of 3 endpoints turned on, and nothing was missed\./);
    assert.match(again, /Was on; nothing was missed\./);
    assert.equal(receiver.requests.length, 3);

    const { rows } = await changes();
    assert.equal(rows.filter(({ action }) => action === 'endpoint.enabled').length, 3);
    assert.equal(rows.filter(({ action }) => action === 'replay.started').length, 3);
    assert.ok(rows.every(({ actor_email: email }) => email === 'kim@acme.example'));
  });

  it('turn on all of a subscriber that we turned off, and not only those of the page', async () => {
    const { app, ids } = await offEndpoints('http://127.0.0.1:9/', 1);
    const { endpoints, pool } = server.container;
    const subscription = (await endpoints.getOfApp(app, ids[0] ?? '')).subscriptionId;
    await pool.query(
      `insert into endpoints (id, account_id, app_id, subscription_id, url, version, status, inactive_reason,
         inactive_since, secret_encrypted)
       select gen_random_uuid(), account_id, app_id, subscription_id, url || n, '1.0', 'inactive', 'gone', now(), ''
       from endpoints, generate_series(1, 30) n where id = $1`,
      [ids[0]],
    );
    await server.container.acceptor.accept(messageTo(app));
    const page = `/apps/${app.id}/subscriptions/${subscription}`;
    assert.match(wordsOf((await visitor.get(page)).text), /Turn on 30 and replay/);
    const form = { action: 'turn_on_and_replay', subscription };
    const done = await visitor.post(`/apps/${app.id}/endpoints/bulk`, form);
    assert.match(wordsOf(done.text), /30 of 30 endpoints turned on/);
    assert.match(done.text, new RegExp(`href="[^"]*${page}`));
    const off = await pool.query(
      `select id from endpoints where subscription_id = $1 and status = 'inactive'`,
      [subscription],
    );
    assert.deepEqual(off.rows, [{ id: ids[0] }], 'what a person turned off stays so');
    const again = await visitor.post(`/apps/${app.id}/endpoints/bulk`, form);
    assert.equal(again.status, 400);
    assert.match(again.text, /is off any more\. Nothing was changed\./);
  });

  it('pause, resume and turn off', async () => {
    const { app, ids } = await offEndpoints('http://127.0.0.1:9/', 2);
    const statuses = async () => {
      const all = await server.container.endpoints.listOfApp(app, { limit: 10, offset: 0 });
      return all.map(({ status, pausedAt }) => `${status}${pausedAt === null ? '' : ' paused'}`);
    };
    await act(app, 'turn_on', ids);
    await act(app, 'pause', ids);
    assert.deepEqual(await statuses(), ['active paused', 'active paused']);
    assert.match(wordsOf((await act(app, 'resume', ids)).text), /2 of 2 endpoints resumed\./);
    await act(app, 'turn_off', ids);
    assert.deepEqual(await statuses(), ['inactive', 'inactive']);
  });

  it('tell by endpoint what was refused, and do the others', async () => {
    const { app, ids } = await offEndpoints('http://127.0.0.1:9/', 2);
    const other = await offEndpoints('http://127.0.0.1:9/', 1);
    const stranger = await signedInVisitor(server);
    const { text } = await act(app, 'replay', [...ids, ...other.ids]);
    const words = wordsOf(text);
    assert.match(words, /Not done \(3\)/);
    assert.match(words, /The endpoint is off\. Turn it on first, then replay\./);
    assert.match(words, /There is no endpoint [\w-]{36} here\./);
    const mixed = wordsOf((await act(app, 'turn_on', [...ids, ...other.ids])).text);
    assert.match(mixed, /2 of 2 endpoints turned on\. .*Not done \(1\).*Done \(2\)/);
    const [untouched] = await server.container.endpoints.listOfApp(other.app, { limit: 1, offset: 0 });
    assert.equal(untouched?.status, 'inactive');

    const path = `/apps/${app.id}/endpoints/bulk`;
    assert.equal((await stranger.post(path, fields('turn_off', ids))).status, 404);
    assert.equal((await visitor.post(path, fields('turn_off', []))).status, 400);
    assert.equal(
      (
        await visitor.post(
          path,
          fields(
            'turn_off',
            Array.from({ length: 501 }, () => ids[0] ?? ''),
          ),
        )
      ).status,
      400,
    );
    assert.equal((await visitor.post(path, { action: 'delete', endpoints: ids[0] ?? '' })).status, 400);
    const elsewhere = await visitor.post(path, fields('turn_off', ids), { origin: 'https://evil.example' });
    assert.equal(elsewhere.status, 403);
  });

  it('mend all endpoints of a cause from the page of issues', async () => {
    await using receiver = await startReceiver(answer(403));
    const { app, ids } = await offEndpoints(receiver.url, 3);
    await act(app, 'turn_on', ids);
    await server.container.acceptor.accept(messageTo(app));
    const path = `/apps/${app.id}/issues`;
    const open = () => server.container.issues.count(app);
    await eventually('three issues', async () => (await open()).open === 3);
    const all = () => server.container.endpoints.listOfApp(app, { limit: 10, offset: 0 });
    await eventually('all given up', async () => (await all()).every(({ status }) => status === 'inactive'));
    await act(app, 'turn_on', ids.slice(1));
    const page = await visitor.get(path);
    assert.match(
      wordsOf(page.text),
      /Turn on and replay all 3 Acknowledge all 3 endpoints \(1 off\) of Globex 0, Globex 1, Globex 2, since/,
    );
    assert.match(page.text, /value="replay unauthorized"/);
    assert.match(wordsOf((await visitor.get(`${path}?cause=unauthorized`)).text), /Only those of one cause/);
    assert.match((await visitor.get(`${path}?cause=timeout`)).text, /Nothing is failing/);

    await visitor.post(path, { action: 'acknowledge unauthorized', status: 'open' });
    assert.equal((await open()).acknowledged, 3);
    receiver.behave(answer(200));
    const mended = await visitor.post(path, { action: 'replay unauthorized', status: 'acknowledged' });
    assert.equal(mended.location, `${path}?status=acknowledged`);
    await eventually('all resolved', async () => (await open()).resolved === 3);
  });

  /** Endpoints of an app, each of a subscriber of its own. */
  async function offEndpoints(url: string, count: number) {
    const { apps, endpoints, subscriptions, webhookEvents } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const subscription = await subscriptions.create(app, { name: `Globex ${String(index)}` });
      const address = new URL(String(index), url).href;
      const off = { status: 'inactive', retryDelaysSeconds: [0] } satisfies EndpointChanges;
      ids.push((await endpoints.create(subscription, { url: address, version: '1.0', ...off })).id);
    }
    return { app, ids };
  }

  const act = (app: App, action: BulkAction, ids: string[]) =>
    visitor.post(`/apps/${app.id}/endpoints/bulk`, fields(action, ids));

  async function running(app: App): Promise<number> {
    const { rows } = await server.container.pool.query<{ count: number }>(
      `select count(*)::int as count from replays where account_id = $1 and app_id = $2 and status = 'running'`,
      [app.accountId, app.id],
    );
    return rows[0]?.count ?? -1;
  }

  const changes = () =>
    server.container.pool.query<{ action: string; actor_email: string }>(
      `select action, actor_email from audit_events where account_id = $1 and action in
       ('endpoint.enabled', 'replay.started')`,
      [visitor.accountId],
    );
});

const fields = (action: string, ids: string[]): [string, string][] => [
  ['action', action],
  ...ids.map((id): [string, string] => ['endpoints', id]),
];

const wordsOf = (html: string) => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
