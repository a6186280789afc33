import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Issues } from '#src/domain/issues/issues.ts';
import { ensurePartitionsAt } from '#src/infra/database/partitions.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { messageTo } from '#test/support/subscribed-app.ts';
import { signedInVisitor } from '#test/support/pages.ts';

test('issues are shown by cause with advice, ticked, and mended together', async () => {
  await using server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
  await using receiver = await startReceiver(answer(403));
  const visitor = await signedInVisitor(server);
  const { apps, acceptor, endpoints, issues, subscriptions, webhookEvents } = server.container;
  const app = await apps.create(visitor.accountId, { name: 'Acme' });
  const path = `/apps/${app.id}/issues`;
  assert.match((await visitor.get(path)).text, /Nothing is failing/);

  await webhookEvents.create(app, { eventType: 'user.created' });
  for (const name of ['Globex', 'Initech']) {
    const subscription = await subscriptions.create(app, { name });
    await endpoints.create(subscription, { url: `${receiver.url}/${name}`, version: '1.0' });
  }
  await acceptor.accept(messageTo(app));
  const open = () => issues.list(app, { status: 'open' }, { limit: 10, offset: 0 });
  await eventually('two', async () => (await open()).length === 2);
  const { text } = await visitor.get(path);
  for (const shown of [
    /It refuses us as unauthorised/,
    /What to do:/,
    /Globex/,
    /Initech/,
    /Turn on and replay/,
  ])
    assert.match(text, shown);
  assert.match((await visitor.get(`/apps/${app.id}`)).text, /Issues \(2\)/);

  const [first, second] = await open();
  assert.ok(first !== undefined && second !== undefined);
  assert.equal((await visitor.post(path, { action: 'replay' })).status, 400);
  await visitor.post(path, { action: `acknowledge ${first.id}` });
  assert.deepEqual(
    (await open()).map(({ id }) => id),
    [second.id],
  );
  assert.match((await visitor.get(`${path}?status=acknowledged`)).text, /Globex|Initech/);
  await visitor.post(path, { action: `reopen ${first.id}` });

  // Of a cause, those that the list shows.
  await visitor.post(`${path}?endpoint=${first.endpointId}`, { action: 'acknowledge unauthorized' });
  assert.deepEqual(
    (await open()).map(({ id }) => id),
    [second.id],
  );
  await visitor.post(path, { action: `reopen ${first.id}` });

  // Of those ticked, one is gone.
  const { text: filtered } = await visitor.get(`${path}?cause=unauthorized`);
  assert.match(filtered, new RegExp(`action="${path}\\?cause=unauthorized"`));
  const ticked = (action: string, ids: string[]): [string, string][] => [
    ...Object.entries({ action, status: 'acknowledged' }),
    ...ids.map((id): [string, string] => ['issues', id]),
  ];
  const gone = uuidv7(Date.now());
  const changed = await visitor.post(`${path}?cause=unauthorized`, ticked('acknowledge', [gone, first.id]));
  assert.equal(changed.location, `${path}?status=acknowledged&cause=unauthorized`);
  assert.equal((await open()).length, 1);
  assert.equal((await visitor.post(path, ticked('acknowledge', [gone, uuidv7(Date.now())]))).status, 404);
  await visitor.post(path, { action: `reopen ${first.id}` });

  const stranger = await signedInVisitor(server);
  assert.equal((await stranger.post(path, { action: `resolve ${first.id}` })).status, 404);
  const { text: both } = await visitor.get(path);
  assert.match(both, /Turn on and replay all 2</);
  const ofTicked = both.indexOf('With the ticked ones:');
  const before = both.slice(both.lastIndexOf('<form', ofTicked), ofTicked);
  assert.doesNotMatch(before, /<button/, 'Enter on a tick presses the first button of its form');
  assert.equal((await visitor.post(path, { action: 'resolve all' })).status, 400);
  // Not before: a probe that succeeds resolves the issues.
  receiver.behave(answer(200));
  assert.equal((await visitor.post(path, ticked('replay', [gone, first.id]))).status, 303);
  await eventually('the ticked one is resolved', async () =>
    (await open()).every(({ id }) => id !== first.id),
  );
  assert.equal((await visitor.post(path, { action: 'replay all' })).status, 303);
  await eventually('resolved', async () => (await open()).length === 0);
  for (const action of ['acknowledge unauthorized', 'replay all']) {
    const { location } = await visitor.post(path, { action });
    const told = (await visitor.get(location)).text;
    assert.match(told, /None of these issues is here any more/);
    assert.doesNotMatch(told, />Undo</);
  }
  assert.match((await visitor.get(`${path}?status=resolved`)).text, /Open again/);
});

test('a replay behind an issue sends what was being retried when the endpoint was turned off, too', async () => {
  await using server = await startTestServer();
  await using receiver = await startReceiver(answer(500));
  const visitor = await signedInVisitor(server);
  const { apps, acceptor, endpoints, issues, pool, subscriptions, webhookEvents } = server.container;
  const app = await apps.create(visitor.accountId, { name: 'Acme' });
  await webhookEvents.create(app, { eventType: 'user.created' });
  const subscription = await subscriptions.create(app, { name: 'Globex' });
  const url = receiver.url;
  const endpoint = await endpoints.create(subscription, {
    url,
    version: '1.0',
    retryDelaysSeconds: [1, 60, 60],
  });
  const older = await acceptor.accept(messageTo(app));
  await receiver.firstRequests(1);
  const withoutRetry = await endpoints.update(endpoint, { retryDelaysSeconds: [] });
  await acceptor.accept(messageTo(app));
  const inState = async (state: string) => {
    const { rows } = await pool.query<{ id: string }>(
      'select message_id as id from deliveries where endpoint_id = $1 and state = $2',
      [withoutRetry.id, state],
    );
    return rows.map(({ id }) => id);
  };
  await eventually('given up, and held', async () => (await inState('held')).includes(older.message.id));
  const [issue] = await issues.list(app, { status: 'open' }, { limit: 1, offset: 0 });
  assert.ok(issue !== undefined);

  // Of another time that the endpoint was off.
  const longAgoMs = issue.missedSince.getTime() - 8 * 24 * 3_600_000;
  await ensurePartitionsAt(pool, longAgoMs, new Set());
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
     values ($1, $2, $3, $4, 'held', 1)`,
    [app.accountId, app.id, uuidv7(longAgoMs), withoutRetry.id],
  );

  receiver.behave(answer(200));
  await visitor.post(`/apps/${app.id}/issues`, { action: `replay ${issue.id}` });
  await eventually('delivered', async () => (await inState('delivered')).length === 2);
  const { rows: begun } = await pool.query<{ total: number }>(
    'select total from replays where endpoint_id = $1',
    [withoutRetry.id],
  );
  assert.deepEqual(
    begun.map(({ total }) => total),
    [2],
  );
});

test('many issues are changed as far as there is time, each for itself', async () => {
  await using server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
  await using receiver = await startReceiver(answer(403));
  const visitor = await signedInVisitor(server);
  const { announcements, apps, acceptor, endpoints, issues, pool, subscriptions, webhookEvents } =
    server.container;
  const app = await apps.create(visitor.accountId, { name: 'Acme' });
  await webhookEvents.create(app, { eventType: 'user.created' });
  const subscription = await subscriptions.create(app, { name: 'Globex' });
  for (const path of ['a', 'b', 'c', 'd']) {
    await endpoints.create(subscription, { url: `${receiver.url}/${path}`, version: '1.0' });
  }
  await acceptor.accept(messageTo(app));
  const open = () => issues.list(app, { status: 'open' }, { limit: 10, offset: 0 });
  await eventually('four', async () => (await open()).length === 4);

  let passedMs = 0;
  const clock = { now: () => Date.now(), monotonicNow: () => (passedMs += 8000) };
  const slow = new Issues({ pool, clock, announcements });
  const ids = (await open()).map(({ id }) => id);
  assert.deepEqual(await slow.setStatuses(app, ids, 'acknowledged'), { left: 2 });
  assert.deepEqual(
    (await open()).map(({ id }) => id),
    ids.slice(2),
  );
  const gone = uuidv7(Date.now());
  assert.deepEqual(await issues.setStatuses(app, [gone, ...ids], 'acknowledged'), { left: 0 });
  assert.deepEqual(await open(), []);

  // As many as are changed at once, and one more.
  const path = `/apps/${app.id}/issues`;
  for (const [more, told] of [
    [500, /The issues are changed/],
    [1, /The first 500 issues are changed/],
  ] as const) {
    await pool.query(
      `insert into issues select (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(),
         'status', 'resolved', 'resolved_at', now(), 'resolved_by', 'person', 'status_code', 10 * $2::int + n))).*
       from issues i, generate_series(1, $2::int) n where account_id = $1 and id = $3`,
      [visitor.accountId, more, ids[0]],
    );
    const { location } = await visitor.post(path, { action: 'resolve unauthorized', status: 'resolved' });
    assert.match((await visitor.get(location)).text, told);
  }

  issues.setStatuses = slow.setStatuses.bind(slow);
  const done = await visitor.post(path, { action: 'resolve unauthorized', status: 'acknowledged' });
  assert.match((await visitor.get(done.location)).text, /There was no time for 2 of those you chose/);
});
