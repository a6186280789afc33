import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { systemClock } from '#src/infra/lib/clock.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { answer, hang } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

test('a test sends the sample as it was written, at once, and answers with the attempt', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver(answer(202, { body: 'thanks' }));
  const api = await apiOfNewAccount(server);
  const { app, event, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  await api.patch(`/apps/${app.id}/webhook_events/${event.id}`, '{"sample_payload": {"total": 49.90}}');
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;

  const { status, body, text } = await api.post(`${path}/test`, { event_type: 'user.created' });

  assert.equal(status, 200);
  assert.equal(body['trigger'], 'test');
  assert.equal(body['status_code'], '202');
  assert.equal(body['response'], 'thanks');
  assert.ok(text.includes('{"total": 49.90}'));
  assert.match((await receiver.nextRequest()).body.toString(), /"data":\{"total": 49\.90\}\}$/);
  const { rows } = await api.get(`/apps/${app.id}/webhook_attempts`);
  assert.deepEqual(
    rows.map(({ id }) => id),
    [body.id],
  );
});

test('a test reaches an endpoint that is off, is not repeated when it fails, and turns nothing off', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver(answer(500));
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  const test_ = () => api.post(`${path}/test`, { event_type: 'user.created' });
  await api.patch(`/apps/${app.id}`, { retry_delays: [] });

  const { body } = await test_();
  assert.equal(body['status_message'], 'failed');
  assert.equal(body.next_attempt_at, null);
  assert.equal((await api.get(path)).body['status'], 'active');
  assert.equal((await api.get(path)).body['error_rate'], 0);
  await api.patch(path, { status: 'inactive' });
  assert.equal((await test_()).body['status_code'], '500');
  assert.equal(receiver.requests.length, 2);
});

test('a test of an event type that the app lacks, or of a stranger’s endpoint, is refused', async () => {
  await using server = await sharedServer();
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api);
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  assert.equal((await api.post(`${path}/test`, { event_type: 'user.exploded' })).status, 422);
  assert.equal((await api.post(`${path}/test`, {})).status, 422);
  const stranger = await apiOfNewAccount(server);
  assert.equal((await stranger.post(`${path}/test`, { event_type: 'user.created' })).status, 404);
  for (const other of [path, `/subscriptions/${subscription.id}`, `/apps/${app.id}`])
    assert.equal((await stranger.get(`${other}/stats`)).status, 404, other);
});

test('only a few tests of an app are under way at once', async () => {
  await using server = await startTestServer({ env: { DELIVERY_TIMEOUT_MS: '1500' } });
  await using receiver = await startReceiver(hang);
  const api = await apiOfNewAccount(server);
  const { subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}/test`;
  const post = () => api.post(path, { event_type: 'user.created' });
  const hanging = Array.from({ length: FIXED_LIMITS.testsAtOnce.max }, post);
  await receiver.firstRequests(hanging.length);
  const refused = await post();
  assert.deepEqual([refused.status, refused.body.code], [429, FIXED_LIMITS.testsAtOnce.code]);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await Promise.all(hanging);
  assert.equal((await post()).status, 200);
});

test('an account may send 60 tests a minute, whichever process they come through; another account has its own', async () => {
  let nowMs = Date.now();
  const clock = { ...systemClock, now: () => nowMs };
  await using server = await startTestServer({ runs: 'web', clock });
  await using other = await startTestServer({ runs: 'web', clock, databaseUrl: server.databaseUrl });
  await using receiver = await startReceiver(answer(200));
  const api = await apiOfNewAccount(server);
  const { subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}/test`;
  const post = () => api.post(path, { event_type: 'user.created' });
  const first = await post();
  assert.equal(first.headers.get('ratelimit-policy'), '"tests";q=60;w=60');
  assert.match(first.headers.get('ratelimit') ?? '', /^"tests";r=59;t=1$/);

  // As if the other process had sent the rest.
  for (let sent = 1; sent < FIXED_LIMITS.testsAMinute.max; sent += 1)
    await other.container.sampleRate.take(api.accountId);
  const before = receiver.requests.length;
  const refused = await post();
  assert.deepEqual([refused.status, refused.body.code], [429, 'rate_limited']);
  assert.match(refused.body.message, /60 tests a minute/);
  const wait = Number(refused.headers.get('retry-after'));
  assert.equal(wait, 1);
  assert.match(refused.headers.get('ratelimit') ?? '', /^"tests";r=0;t=60$/);
  assert.equal(receiver.requests.length, before);
  await server.container.sampleRate.take((await server.createAccount()).accountId);

  nowMs += wait * 1000;
  assert.equal((await post()).status, 200);
  assert.equal((await post()).status, 429);
});

test('stats tell what happened in the last day and what was missed', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver(({ request, response }) => {
    response.writeHead(request.body.includes('bad') ? 500 : 200).end();
  });
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  await api.patch(`/apps/${app.id}`, { retry_delays: [] });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}/stats`;
  const post = (data: string) =>
    api.post(`/apps/${app.id}/messages`, { event_type: 'user.created', version: '1.0', data });
  for (const data of ['good', 'good', 'good', 'bad']) await post(data);
  await eventually('counted', async () => (await api.get(path)).body['attempts'] === 4);

  const { body } = await api.get(path);
  assert.equal(body['succeeded'], 3);
  assert.equal(body['failed'], 1);
  assert.equal(body['error_rate'], 25);
  assert.deepEqual(body['missed'], { failed: 1, held: 0 });
  const hours = body['by_hour'] as { succeeded: number }[];
  assert.equal(hours.length, 24);
  assert.equal(
    hours.reduce((sum, hour) => sum + hour.succeeded, 0),
    3,
  );

  // Its subscription and its app have no other endpoint.
  for (const owner of [`/apps/${app.id}`, `/subscriptions/${subscription.id}`]) {
    assert.deepEqual((await api.get(`${owner}/stats`)).body, body, owner);
  }
  const answers = body['answer_ms'] as { p50: number; p95: number; p99: number };
  assert.ok(answers.p50 <= answers.p95 && answers.p95 <= answers.p99);
  const ofHours = async (query: string) => (await api.get(`/apps/${app.id}/stats?${query}`)).body;
  const before = await ofHours(`until=${String(body['since'])}`);
  assert.deepEqual([before['attempts'], before['answer_ms'], before['until']], [0, null, body['since']]);
  const wrong = await ofHours('since=2026-01-02&until=2026-01-01');
  assert.deepEqual(wrong.details, [{ path: 'since', message: 'must be before `until`' }]);
});
