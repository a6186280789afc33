import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ADVICE } from '#src/domain/issues/advice.ts';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

// Issues of deliveries that never reached their endpoint.

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const MESSAGE = { event_type: 'user.created', version: '1.0', data: {} };

async function setUp() {
  const receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const ofEndpoint = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  return { api, app, ofEndpoint, receiver };
}

async function issueOf(api: Api, app: Thing, isIt: (issue: Thing) => boolean): Promise<Thing> {
  let found: Thing | undefined;
  await eventually('the issue', async () => {
    const { rows } = await api.get(`/apps/${app.id}/issues`);
    assert.ok(rows.length <= 1);
    found = rows.find(isIt);
    return found !== undefined;
  });
  return found!;
}

test('a transformation that fails opens an issue without an attempt, with its advice', async () => {
  const { api, app, ofEndpoint, receiver } = await setUp();
  await using _ = receiver;
  const code = 'addHandler("transform", (request) => request.none.none)';
  const { body: made } = await api.post(`/apps/${app.id}/transformations`, { name: 'Broken', code });
  await api.patch(ofEndpoint, { transformation_id: made.id });
  await api.post(`/apps/${app.id}/messages`, MESSAGE);
  const issue = await issueOf(api, app, () => true);
  assert.deepEqual(
    [issue['cause'], issue['status'], issue['status_code'], issue['last_attempt_id'], issue['count']],
    ['transformation_failed', 'open', null, null, 1],
  );
  const { provider, subscriber } = ADVICE.transformation_failed;
  assert.deepEqual(issue['advice'], { provider, subscriber });
  assert.match(issue['last_error'] as string, /transformation/);

  await api.post(`/apps/${app.id}/messages`, MESSAGE);
  const again = await issueOf(api, app, ({ count }) => count === 2);
  assert.equal(again.id, issue.id);
  // The endpoint is not to blame.
  assert.equal((await api.get(ofEndpoint)).body['failing_since'], null);
  assert.equal(receiver.connectionsOpened(), 0);
});

test('an access token that is refused opens an issue, with its advice', async () => {
  await using issuer = await startReceiver(answer(401));
  const { api, app, ofEndpoint, receiver } = await setUp();
  await using _ = receiver;
  const auth = {
    type: 'oauth2_client_credentials',
    token_url: `${issuer.url}/token`,
    client_id: 'acme',
    client_secret: 'secret',
    client_authentication: 'basic',
  };
  assert.equal((await api.patch(ofEndpoint, { auth, retry_delays: [] })).status, 200);
  await api.post(`/apps/${app.id}/messages`, MESSAGE);
  const issue = await issueOf(api, app, () => true);
  assert.deepEqual([issue['cause'], issue['status']], ['oauth_refused', 'open']);
  const { rows } = await api.get(`/apps/${app.id}/webhook_attempts`);
  assert.deepEqual(
    rows.map(({ id, outcome }) => [id, outcome]),
    [[issue['last_attempt_id'], 'auth_failed']],
  );
  const { provider, subscriber } = ADVICE.oauth_refused;
  assert.deepEqual(issue['advice'], { provider, subscriber });
  assert.equal(receiver.connectionsOpened(), 0);
});
