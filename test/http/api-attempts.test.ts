import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);

/** An attempt at an endpoint that answers `status`, or does not when that is undefined. */
async function makeAttempt(caller: Api, status?: number) {
  await using receiver = await startReceiver(answer(status ?? 200));
  const url = status === undefined ? 'http://127.0.0.1:1/' : receiver.url;
  const made = await makeApp(caller, { url });
  const { body: message } = await caller.post(
    `/apps/${made.app.id}/messages`,
    '{"event_type":"user.created","version":"1.0","event_id":"e","data":{"n":1.0}}',
  );
  const path = `/apps/${made.app.id}/webhook_attempts`;
  await eventually('attempted', async () => (await caller.get(path)).rows.length > 0);
  const list = await caller.get(path);
  return { ...made, message, path, list, attempt: list.first, request: receiver.requests[0] };
}

describe('an attempt', () => {
  test('that succeeded, as the published clients read it', async () => {
    const { app, endpoint, subscription, message, attempt, request, list, path } = await makeAttempt(
      api,
      200,
    );
    assert.equal(attempt.status_code, '200');
    assert.equal(attempt.status_message, 'success');
    assert.equal(attempt.retry_status, null);
    assert.equal(attempt.error_message, '');
    assert.equal(attempt.attempt_number, 1);
    assert.equal(attempt.trigger, 'automatic');
    assert.equal(attempt.event_type, 'user.created');
    assert.equal(attempt.event_id, 'e');
    assert.equal(attempt.next_attempt_at, null);
    assert.equal(typeof attempt.duration_ms, 'number');
    assert.deepEqual(
      [attempt.app_id, attempt.endpoint_id, attempt.message_id, attempt.subscription_id],
      [app.id, endpoint.id, message.id, subscription.id],
    );
    assert.deepEqual(Object.keys(attempt.payload), ['type', 'version', 'created', 'data']);
    assert.ok(list.text.includes(`"payload":${request?.body.toString() ?? ''},`), 'the payload is exact');
    assert.equal(`[${(await api.get(`${path}/${attempt.id}`)).text}]`, list.text);
  });

  test('shows the headers that were sent', async () => {
    const { attempt, request } = await makeAttempt(api, 200);
    for (const [name, value] of Object.entries(attempt.request_headers)) {
      assert.equal(request?.headers[name.toLowerCase()], value, name);
    }
    assert.ok('webhook-signature' in attempt.request_headers);
    assert.equal(typeof attempt.response_headers, 'object');
  });

  test('that was refused waits for a retry', async () => {
    const { attempt } = await makeAttempt(api, 500);
    assert.deepEqual(
      [attempt.status_code, attempt.status_message, attempt.retry_status],
      ['500', 'failed', 'scheduled'],
    );
    assert.match(attempt.next_attempt_at, /Z$/);
    assert.notEqual(attempt.error_message, '');
  });

  test('that got no answer has the status code "0"', async () => {
    const { attempt } = await makeAttempt(api);
    assert.equal(attempt.status_code, '0');
    assert.equal(attempt.response, null);
    assert.equal(attempt.response_headers, null);
  });

  test('that ended an endpoint (410) is followed by none', async () => {
    const { attempt } = await makeAttempt(api, 410);
    assert.equal(attempt.retry_status, 'failed');
  });
});

test('the error rate of an endpoint counts its attempts', async () => {
  const { app, endpoint } = await makeAttempt(api, 500);
  const path = `/apps/${app.id}/endpoints/${endpoint.id}`;
  await eventually('counted', async () => (await api.get(path)).body.error_rate === 100);
});

const later = (at: string) => new Date(Date.parse(at) + 1).toISOString();

test('the list of attempts is filtered', async () => {
  const { app, endpoint, subscription, message, attempt, path } = await makeAttempt(api, 500);
  const none = '00000000-0000-7000-8000-000000000000';
  await api.patch(`/subscriptions/${subscription.id}`, { uid: 'theirs' });
  await api.patch(`/subscriptions/theirs/endpoints/${endpoint.id}`, { uid: 'mine' });
  const finds = [
    'status=failed',
    'status_code=500',
    'event_type=user.created',
    `subscription_id=${subscription.id}`,
    `endpoint_id=${endpoint.id}`,
    'subscription_id=theirs',
    'endpoint_id=mine',
    `message_id=${message.id}`,
    'since=2001-01-01',
    `since=${attempt.created_at}`,
    `until=${later(attempt.created_at)}`,
    'until=9999-12-31T23:59:59Z',
  ];
  const misses = [
    'status=success',
    'status_code=200',
    'event_type=other',
    `subscription_id=${none}`,
    `endpoint_id=${none}`,
    `message_id=${none}`,
    'since=2999-01-01',
    'until=2001-01-01',
    `until=${attempt.created_at}`,
  ];
  for (const query of finds) assert.equal((await api.get(`${path}?${query}`)).rows.length, 1, query);
  for (const query of misses) assert.equal((await api.get(`${path}?${query}`)).rows.length, 0, query);
  for (const query of ['status=ok', 'status_code=abc', 'message_id=1', 'since=x', 'event_type=%00']) {
    assert.equal((await api.get(`${path}?${query}`)).status, 422, query);
  }
  for (const query of ['subscription_id=nobody', 'endpoint_id=nobody']) {
    assert.equal((await api.get(`${path}?${query}`)).status, 404, query);
  }
  const ofEndpoint = await api.get(`/apps/${app.id}/endpoints/${endpoint.id}/webhook_attempts`);
  assert.equal(ofEndpoint.first.id, attempt.id);
});
