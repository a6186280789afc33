import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

interface IssueBody {
  id: string;
  status: string;
  cause: string;
  count: number;
  resolved_by: string | null;
  advice: { provider: string; subscriber: string };
  subscriber: { name: string };
}

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

async function call(apiKey: string, path: string, [method, body]: [string, unknown?] = ['GET']) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

async function listed({ apiKey, app }: SubscribedApp, query = ''): Promise<IssueBody[]> {
  return (await call(apiKey, `/apps/${app.id}/issues${query}`)).body as IssueBody[];
}

/** An endpoint that was turned off with one message failed. */
async function troubled(url: string) {
  const subscribed = await createSubscribedApp(server, { url, retryDelaysSeconds: [] });
  await subscribed.post();
  await eventually('an issue', async () => (await listed(subscribed)).length === 1);
  const [issue] = await listed(subscribed);
  assert.ok(issue !== undefined);
  return { subscribed, issue, path: `/apps/${subscribed.app.id}/issues/${issue.id}` };
}

describe('issues of an app', () => {
  test('are listed by status, and changed by whoever may', async () => {
    await using receiver = await startReceiver(answer(401));
    const { subscribed, issue, path } = await troubled(receiver.url);
    const { apiKey } = subscribed;
    assert.equal(issue.cause, 'unauthorized');
    assert.equal(issue.subscriber.name, 'Globex');
    assert.match(issue.advice.subscriber, /signature secret/);
    for (const status of ['acknowledged', 'resolved', 'open']) {
      const { body } = await call(apiKey, path, ['PATCH', { status }]);
      assert.equal((body as IssueBody).status, status);
      assert.equal((body as IssueBody).resolved_by, status === 'resolved' ? 'person' : null);
      assert.equal((await listed(subscribed, `?status=${status}`)).length, 1);
      assert.equal(
        (await listed(subscribed, `?status=${status === 'open' ? 'resolved' : 'open'}`)).length,
        0,
      );
    }
    const events = await call(apiKey, '/account/audit_events');
    const actions = (events.body as { action: string }[]).map(({ action }) => action);
    assert.deepEqual(actions.slice(0, 3), ['issue.reopened', 'issue.resolved', 'issue.acknowledged']);
  });

  test('refuse other statuses and members', async () => {
    await using receiver = await startReceiver(answer(401));
    const { subscribed, path } = await troubled(receiver.url);
    for (const body of [{ status: 'ignored' }, {}, { status: 'open', cause: 'dns' }]) {
      assert.equal((await call(subscribed.apiKey, path, ['PATCH', body])).status, 422);
    }
    assert.equal((await call(subscribed.apiKey, `/apps/${subscribed.app.id}/issues?status=x`)).status, 422);
  });

  test('replay what was missed behind them, failed and held, once the endpoint is on', async () => {
    await using receiver = await startReceiver(answer(500));
    const { subscribed, path } = await troubled(receiver.url);
    await subscribed.post();
    assert.equal((await call(subscribed.apiKey, `${path}/replay`, ['POST'])).status, 409);
    await eventually('held', async () => {
      const { rows } = await server.container.pool.query<{ count: number }>(
        `select count(*)::int as count from deliveries where endpoint_id = $1 and state in ('failed', 'held')`,
        [subscribed.endpoint.id],
      );
      return rows[0]?.count === 2;
    });
    receiver.behave(answer(200));
    await server.container.endpoints.update(await subscribed.endpointNow(), { status: 'active' });
    const { status, body } = await call(subscribed.apiKey, `${path}/replay`, ['POST']);
    assert.equal(status, 202);
    assert.equal((body as { total: number }).total, 2);
    await eventually('resolved', async () => (await listed(subscribed, '?status=resolved')).length === 1);
  });

  test('are no other account’s', async () => {
    await using receiver = await startReceiver(answer(500));
    const { subscribed, path } = await troubled(receiver.url);
    const stranger = await createSubscribedApp(server, { url: receiver.url });
    const theirs = path.replace(subscribed.app.id, stranger.app.id);
    for (const one of [path, theirs]) {
      assert.equal((await call(stranger.apiKey, one)).status, 404);
      assert.equal((await call(stranger.apiKey, one, ['PATCH', { status: 'resolved' }])).status, 404);
      assert.equal((await call(stranger.apiKey, `${one}/replay`, ['POST'])).status, 404);
    }
    assert.equal((await listed(subscribed, '?status=open')).length, 1);
  });
});
