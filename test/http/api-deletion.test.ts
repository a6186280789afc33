import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver, type Receiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

/** Deliveries stop at once; what was sent stays in the log until its retention ends. */
describe('deleting', () => {
  let server: TestServer;
  let receiver: Receiver;
  let api: Api;
  let made: { app: Thing; event: Thing; subscription: Thing; endpoint: Thing };
  let message: Thing;
  let attempts: string[];

  before(async () => {
    // A retry comes when `letRetryComeDue` is called.
    server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '3600,3600' } });
    receiver = await startReceiver(answer(500));
    api = await apiOfNewAccount(server);
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await receiver.close();
  });

  /** A message whose first attempt failed, and that waits for its second. */
  beforeEach(async () => {
    made = await makeApp(api, { url: `${receiver.url}/${crypto.randomUUID()}` });
    ({ body: message } = await post());
    await eventually('an attempt', async () => {
      attempts = (await api.get(`/apps/${made.app.id}/webhook_attempts`)).rows.map(({ id }) => id);
      return attempts.length === 1;
    });
  });

  test('an endpoint: nothing more is sent there, and its attempts are listed, also by its id', async () => {
    const { app, subscription, endpoint } = made;
    assert.equal(
      (await api.delete(`/subscriptions/${subscription.id}/endpoints/${endpoint.id}`)).status,
      204,
    );
    await nothingMoreIsSent();
    assert.equal((await post()).body['deliveries_count'], 0);
    await historyStays(app, endpoint);
    const [delivery] = (await api.get(`/apps/${app.id}/messages/${message.id}/deliveries`)).rows;
    assert.equal(delivery?.['state'], 'discarded');
  });

  test('a subscription: with its endpoints', async () => {
    const { app, subscription, endpoint } = made;
    assert.equal((await api.delete(`/subscriptions/${subscription.id}`)).status, 204);
    await nothingMoreIsSent();
    assert.equal((await api.get(`/apps/${app.id}/endpoints`)).rows.length, 0);
    assert.equal((await post()).body['deliveries_count'], 0);
    await historyStays(app, endpoint);
    const path = `/apps/${app.id}/webhook_attempts?subscription_id=${subscription.id}`;
    assert.deepEqual(idsOf(await api.get(path)), attempts);
  });

  test('a webhook event: no message of it is taken, and what was taken is delivered', async () => {
    const { app, event, endpoint } = made;
    assert.equal((await api.delete(`/apps/${app.id}/webhook_events/${event.id}`)).status, 204);
    const refused = await post();
    assert.deepEqual([refused.status, refused.body.code], [422, 'unknown_event_type']);
    await letRetryComeDue();
    await eventually('the retry', async () => {
      const { rows } = await api.get(`/apps/${app.id}/webhook_attempts?event_type=user.created`);
      return rows.length > 1;
    });
    const listed = idsOf(await api.get(`/apps/${app.id}/webhook_attempts?endpoint_id=${endpoint.id}`));
    assert.ok(listed.includes(attempts[0] ?? ''));
  });

  test('an app: with all that it has, and its log is kept until its retention ends', async () => {
    const { app } = made;
    assert.equal((await api.delete(`/apps/${app.id}`)).status, 204);
    await nothingMoreIsSent();
    assert.equal((await post()).status, 404);
    assert.equal((await api.get(`/apps/${app.id}/webhook_attempts`)).status, 404);
    const { rows } = await server.container.pool.query<{ id: string }>(
      'select id from attempts where app_id = $1',
      [app.id],
    );
    assert.deepEqual(
      rows.map(({ id }) => id),
      attempts,
    );
  });

  test('an app whose ids another account takes by an import: it gets nothing of what is outstanding', async () => {
    const { app } = made;
    const other = await apiOfNewAccount(server);
    const { text: file } = await api.get('/export?include=app,webhook_event,subscription,endpoint');
    assert.equal((await api.delete(`/apps/${app.id}`)).status, 204);
    const { body } = await other.post('/import', file, { 'content-type': 'application/x-ndjson' });
    assert.equal((await other.get(`/apps/${app.id}`)).status, 200, JSON.stringify(body));
    await nothingMoreIsSent();
  });

  const post = () =>
    api.post(`/apps/${made.app.id}/messages`, { event_type: 'user.created', version: '1.0', data: {} });

  async function letRetryComeDue(): Promise<void> {
    await server.container.pool.query(
      `update pgboss.job set start_after = pgboss.job_now()
       where name in ('deliver', 'retry') and data::text like '%' || $1 || '%'`,
      [message.id],
    );
  }

  /** Its job comes due, and finds nobody to send to. */
  async function nothingMoreIsSent(): Promise<void> {
    await letRetryComeDue();
    await eventually('the delivery discarded', async () => {
      const { rows } = await server.container.pool.query<{ state: string }>(
        'select state from deliveries where message_id = $1',
        [message.id],
      );
      return rows[0]?.state === 'discarded';
    });
    const { pathname } = new URL(made.endpoint.url);
    assert.equal(receiver.requests.filter(({ path }) => path === pathname).length, 1);
  }

  async function historyStays(app: Thing, endpoint: Thing): Promise<void> {
    const path = `/apps/${app.id}/webhook_attempts`;
    assert.deepEqual(idsOf(await api.get(path)), attempts);
    assert.deepEqual(idsOf(await api.get(`${path}?endpoint_id=${endpoint.id}`)), attempts);
    const { body } = await api.get(`${path}/${attempts[0] ?? ''}`);
    assert.deepEqual([body['endpoint_id'], body['message_id']], [endpoint.id, message.id]);
    assert.equal((await api.get(`/apps/${app.id}/messages/${message.id}`)).status, 200);
  }
});

const idsOf = ({ rows }: { rows: Thing[] }) => rows.map(({ id }) => id);
