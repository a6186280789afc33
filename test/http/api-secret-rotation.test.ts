import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { applyRetention } from '#src/domain/retention/retention.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import type { ReceivedRequest } from '#test/support/received-request.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { isOwnSigner, secretWorld, standardSigners } from '#test/support/rotated-secret.ts';
import { startTestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor } from '#test/support/pages.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const DAY_MS = 86_400_000;

const worldAt = (receiver: Receiver, at = server) => secretWorld(at, receiver);

const countOf = ({ headers }: ReceivedRequest) => String(headers['webhook-signature']).split(' ').length;

describe('rotating a signing secret', () => {
  test('signs with both until the grace is over, and our own header with the new one', async () => {
    await using receiver = await startReceiver();
    const { post, rotate, secrets } = await worldAt(receiver);
    const old = await secrets();
    assert.deepEqual(old.previous, []);
    const before = Date.now();
    const rotated = await rotate({ grace_seconds: 3600 });
    assert.notEqual(rotated.secret, old.secret);
    const [previous] = rotated.previous;
    assert.equal(previous?.secret, old.secret);
    const endsMs = Date.parse(previous.expires_at) - 3_600_000;
    assert.ok(endsMs >= before && endsMs <= Date.now());
    assert.deepEqual(await secrets(), rotated);

    await post();
    const request = await receiver.nextRequest();
    const both = [rotated.standard_webhooks_secret, old.standard_webhooks_secret];
    assert.deepEqual(standardSigners(request, both), [true, true]);
    assert.equal(countOf(request), 2);
    assert.ok(isOwnSigner(request, rotated.secret));
  });

  test('takes a day of grace by default, and with none only the new one signs', async () => {
    await using receiver = await startReceiver();
    const { post, rotate } = await worldAt(receiver);
    const first = await rotate();
    const graceMs = Date.parse(first.previous[0]?.expires_at ?? '') - Date.now();
    assert.ok(graceMs > DAY_MS - 60_000 && graceMs <= DAY_MS);
    const second = await rotate({ grace_seconds: 0 });
    assert.equal(second.previous.length, 1);
    assert.notEqual(second.previous[0]?.secret, first.secret);
    await post();
    const request = await receiver.nextRequest();
    const each = [second.standard_webhooks_secret, first.standard_webhooks_secret];
    assert.deepEqual(standardSigners(request, each), [true, false]);
  });

  test('keeps three that sign: a further rotation ends the oldest', async () => {
    await using receiver = await startReceiver();
    const { post, rotate, secrets } = await worldAt(receiver);
    const all = [await secrets()];
    for (const _ of [1, 2, 3]) all.unshift(await rotate());
    const live = all[0]?.previous.map(({ secret }) => secret);
    assert.deepEqual(live, [all[1]?.secret, all[2]?.secret]);
    await post();
    const request = await receiver.nextRequest();
    assert.equal(countOf(request), 3);
    const standard = all.map((one) => one.standard_webhooks_secret);
    assert.deepEqual(standardSigners(request, standard), [true, true, true, false]);
  });

  test('ends an old secret by the clock, although its key is in memory', async () => {
    const clock = createJumpingClock();
    await using timed = await startTestServer({ clock });
    await using receiver = await startReceiver();
    const { post, rotate, secrets } = await worldAt(receiver, timed);
    await rotate({ grace_seconds: 3600 });
    await post();
    assert.equal(countOf(await receiver.nextRequest()), 2);
    clock.jump(1);
    await post();
    assert.equal(countOf(await receiver.nextRequest()), 1);
    assert.deepEqual((await secrets()).previous, []);
  });

  test('is known to every process at the next message', async () => {
    await using other = await startTestServer({ databaseUrl: server.databaseUrl });
    await using receiver = await startReceiver();
    const { api, appId, post, rotate } = await worldAt(receiver);
    const postThere = async () => {
      const answered = await fetch(`${other.url}/api/v1/apps/${appId}/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ event_type: 'user.created', version: '1.0', data: 1 }),
      });
      assert.equal(answered.status, 201);
    };
    await postThere();
    await post();
    await receiver.firstRequests(2);
    const { secret } = await rotate({ grace_seconds: 0 });
    await postThere();
    assert.ok(isOwnSigner((await receiver.firstRequests(3))[2] as ReceivedRequest, secret));
  });

  test('signs the next attempt of what was sent before', async () => {
    await using receiver = await startReceiver(answer(500));
    const { api, appId, post, rotate } = await worldAt(receiver);
    await api.patch(`/apps/${appId}`, { retry_delays: [1] });
    await post();
    await receiver.nextRequest();
    receiver.behave(answer(200));
    const { secret } = await rotate({ grace_seconds: 0 });
    assert.ok(isOwnSigner(await receiver.nextRequest(), secret));
  });

  test('at once from two sides loses none: the first new one is the previous of the second', async () => {
    await using receiver = await startReceiver();
    const { rotate, secrets } = await worldAt(receiver);
    const { secret: old } = await secrets();
    const both = await Promise.all([rotate(), rotate()]);
    const last = await secrets();
    const first = both.find(({ secret }) => secret !== last.secret);
    assert.deepEqual(
      last.previous.map(({ secret }) => secret),
      [first?.secret, old],
    );
  });
});

test('no grace is negative, a fraction or longer than 30 days', async () => {
  await using receiver = await startReceiver();
  const { api, path } = await worldAt(receiver);
  for (const grace_seconds of [-1, 0.5, 30 * 86_400 + 1, '60', null]) {
    const { status } = await api.post(`${path}/rotate`, { grace_seconds });
    assert.equal(status, 422, String(grace_seconds));
  }
  assert.equal((await api.post(`${path}/rotate`, { grace_seconds: 30 * 86_400 })).status, 200);
});

test("another account's secret is neither shown nor rotated", async () => {
  await using receiver = await startReceiver();
  const { path, secrets } = await worldAt(receiver);
  const before = await secrets();
  const stranger = await apiOfNewAccount(server);
  assert.equal((await stranger.get(path)).status, 404);
  assert.equal((await stranger.post(`${path}/rotate`, {})).status, 404);
  assert.deepEqual(await secrets(), before);
});

test('previous secrets are sealed, and go with their endpoint', async () => {
  await using receiver = await startReceiver();
  const { api, path, rotate, secrets } = await worldAt(receiver);
  const { secret } = await secrets();
  await rotate();
  const { accountId } = api;
  const rows = () =>
    server.container.pool.query('select * from endpoint_secrets where account_id = $1', [accountId]);
  const [row] = (await rows()).rows as { secret_encrypted: Buffer }[];
  assert.ok(row && !row.secret_encrypted.includes(secret));
  assert.equal((await api.delete(path.replace('/secret', ''))).status, 204);
  assert.equal((await rows()).rowCount, 0);
});

test('a secret that signs no more is destroyed within a day, by what cuts the log', async () => {
  const clock = createJumpingClock();
  await using timed = await startTestServer({ clock });
  await using receiver = await startReceiver();
  const { api, rotate } = await worldAt(receiver, timed);
  await rotate({ grace_seconds: 3600 });
  await rotate({ grace_seconds: 7200 });
  const { pool } = timed.container;
  const left = async () => (await pool.query('select from endpoint_secrets')).rowCount;
  assert.equal(await left(), 2);
  clock.jump(1);
  await applyRetention({ pool, clock }, api.accountId, new AbortController().signal);
  assert.equal(await left(), 1);
});

test('the page of an endpoint rotates, and says until when the old one signs', async () => {
  const { container } = server;
  const visitor = await signedInVisitor(server);
  const app = await container.apps.create(visitor.accountId, { name: 'Acme' });
  const subscription = await container.subscriptions.create(app, { name: 'Initech' });
  const endpoint = await container.endpoints.create(subscription, {
    url: 'http://localhost:9/',
    version: '1.0',
  });
  const path = `/apps/${app.id}/endpoints/${endpoint.id}`;
  assert.doesNotMatch((await visitor.get(path)).text, /signs, too, and ends/);
  const rotated = await visitor.post(`${path}/secret/rotate`, { grace: '3600' });
  assert.equal(rotated.status, 303);
  const { text } = await visitor.get(path);
  assert.match(text, /The signing secret is rotated/);
  assert.match(text, /signs, too, and ends/);
  const now = await container.endpoints.getOfApp(app, endpoint.id);
  assert.notEqual(container.endpoints.revealSecret(now), container.endpoints.revealSecret(endpoint));
  assert.equal((await visitor.post(`${path}/secret/rotate`, { grace: '5' })).status, 400);
});
