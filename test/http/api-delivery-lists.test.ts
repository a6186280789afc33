import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';

const server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
const good = await startReceiver();
const bad = await startReceiver();
bad.behave(answer(503));
after(async () => {
  await server[Symbol.asyncDispose]();
  await good[Symbol.asyncDispose]();
  await bad[Symbol.asyncDispose]();
});

const IN_A_DAY = new Date(Date.now() + 86_400_000).toISOString();

/**
 * An app with three endpoints: one of Globex that takes all, one of Initech that fails and is turned off for it, one of
 * Initech that is off. Two messages: `user.created`, and `user.deleted` for tomorrow.
 */
async function appWithEveryState() {
  const api = await apiOfNewAccount(server);
  const { app, subscription: globex, endpoint: takes } = await makeApp(api, { url: good.url });
  await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'user.deleted' });
  const { body: initech } = await api.post(`/apps/${app.id}/subscriptions`, {
    name: 'Initech',
    uid: 'initech',
  });
  const add = async (url: string) => {
    const made = await api.post(`/subscriptions/${initech.id}/endpoints`, { url, version: '1.0' });
    return made.body;
  };
  const fails = await add(bad.url);
  const off = await add(good.url);
  await api.patch(`/subscriptions/${initech.id}/endpoints/${off.id}`, { status: 'inactive' });
  const post = async (message: object) => {
    const posted = await api.post(`/apps/${app.id}/messages`, { version: '1.0', data: 1, ...message });
    assert.equal(posted.status, 201);
    return posted.body;
  };
  const now = await post({ event_type: 'user.created' });
  const list = (query: string) => api.get(`/apps/${app.id}/deliveries?${query}`);
  await eventually('delivered and failed', async () => {
    const states = (await list('')).rows.map(({ state }) => state);
    return states.includes('delivered') && states.includes('failed');
  });
  const path = `/subscriptions/${initech.id}/endpoints/${fails.id}`;
  await eventually('off', async () => (await api.get(path)).body['status'] === 'inactive');
  const later = await post({ event_type: 'user.deleted', deliver_at: IN_A_DAY });
  return { api, app, globex, initech, takes, fails, off, now, later, list, post };
}

/** The deliveries as `state of type`, so that a list reads at a glance. */
const told = (rows: Thing[]) =>
  rows.map(({ state, event_type: type }) => `${String(state)} ${String(type)}`).sort();

describe('the deliveries of an app', () => {
  test('are listed in every state, with or without a row, as the lists of their messages tell them', async () => {
    const { api, app, now, later, list, takes, globex } = await appWithEveryState();
    const { rows } = await list('');
    assert.deepEqual(told(rows), [
      'delivered user.created',
      'failed user.created',
      'held user.created',
      'held user.deleted',
      'held user.deleted',
      'pending user.deleted',
    ]);
    assert.deepEqual([...new Set(rows.map(({ message_id: id }) => id))], [later.id, now.id], 'newest first');

    for (const message of [now, later]) {
      const { rows: own } = await api.get(`/apps/${app.id}/messages/${message.id}/deliveries`);
      const listed = rows.filter(({ message_id: id }) => id === message.id);
      for (const delivery of own) {
        const one = listed.find(({ endpoint_id: id }) => id === delivery['endpoint_id']);
        assert.deepEqual({ ...one, ...delivery }, one);
      }
      assert.equal(own.length, listed.length);
    }

    const delivered = rows.find(({ state }) => state === 'delivered') as Thing;
    const { first: attempt } = await api.get(`/apps/${app.id}/webhook_attempts?status=success`);
    assert.equal(delivered.id, good.requests.at(-1)?.headers['hostedhooks-delivery']);
    assert.equal(delivered['subscription_id'], globex.id);
    assert.equal(delivered['endpoint_id'], takes.id);
    assert.equal(delivered.created_at, now.created_at);
    const last = { id: attempt.id, status_message: 'success', status_code: '200' };
    assert.deepEqual(delivered['last_attempt'], last);
  });

  test('are filtered by each of their fields', async () => {
    const { api, app, list, initech, globex, takes, fails, now, later } = await appWithEveryState();
    await server.container.pool.query(
      `update deliveries set state = 'ignored', reason = 'duplicate'
       where account_id = $1 and message_id = $2 and endpoint_id = $3`,
      [api.accountId, later.id, fails.id],
    );
    const expected: Record<string, string[]> = {
      'state=pending': ['pending user.deleted'],
      'state=delivered': ['delivered user.created'],
      'state=failed': ['failed user.created'],
      'state=failed,held': ['failed user.created', 'held user.created', 'held user.deleted'],
      'state=scheduled': [],
      'state=ignored': ['ignored user.deleted'],
      'reason=duplicate': ['ignored user.deleted'],
      'reason=duplicate&state=failed': [],
      'reason=filtered': [],
      'event_type=user.created': ['delivered user.created', 'failed user.created', 'held user.created'],
      'event_type=user.created&state=held': ['held user.created'],
      'event_type=nothing': [],
      [`message_id=${now.id.toUpperCase()}`]: [
        'delivered user.created',
        'failed user.created',
        'held user.created',
      ],
      [`message_id=${now.id}&state=held`]: ['held user.created'],
      [`endpoint_id=${takes.id}`]: ['delivered user.created', 'pending user.deleted'],
      [`endpoint_id=${fails.id}&state=failed,held,ignored`]: ['failed user.created', 'ignored user.deleted'],
      [`endpoint_id=${fails.id}&state=discarded`]: [],
      'subscription_id=initech&state=held': ['held user.created', 'held user.deleted'],
      [`subscription_id=${globex.id}`]: ['delivered user.created', 'pending user.deleted'],
      [`subscription_id=${initech.id}&endpoint_id=${takes.id}`]: [],
      'status_code=503': ['failed user.created'],
      'status_code=200': ['delivered user.created'],
      'status_code=0': [],
      [`since=${later.created_at}`]: ['held user.deleted', 'ignored user.deleted', 'pending user.deleted'],
      [`until=${later.created_at}&state=held`]: ['held user.created'],
    };
    for (const [query, rows] of Object.entries(expected)) {
      const answered = await list(query);
      assert.equal(answered.status, 200, answered.text);
      assert.deepEqual(told(answered.rows), rows, query);
    }
    for (const query of ['state=gone', 'reason=no', 'status_code=x', 'message_id=1', 'status=failed']) {
      assert.equal((await list(query)).status, 422, query);
    }
    const { first: attempt } = await api.get(`/apps/${app.id}/webhook_attempts?per_page=1`);
    assert.ok(attempt.id);
  });

  test('are paged, each once, both ways and while messages come in', async () => {
    const { api, app, list, post } = await appWithEveryState();
    const placeOf = ({ message_id: message, endpoint_id: endpoint }: Thing) =>
      `${String(message)}.${String(endpoint)}`;
    const linked = (headers: Headers, rel: string) =>
      new RegExp(`<([^>]*)>; rel="${rel}"`)
        .exec(headers.get('link') ?? '')?.[1]
        ?.slice(`${server.url}/api/v1`.length);
    for (const query of [
      '',
      'state=held',
      'state=held,failed&subscription_id=initech',
      'event_type=user.created',
    ]) {
      const all = (await list(`${query}&per_page=100`)).rows.map(placeOf);
      assert.ok(all.length > 1, query);
      assert.deepEqual(all, all.toSorted().reverse());
      const seen: string[] = [];
      for (
        let path: string | undefined = `/apps/${app.id}/deliveries?${query}&per_page=1`;
        path !== undefined;
      ) {
        const { rows, headers } = await api.get(path);
        seen.push(...rows.map(placeOf));
        path = linked(headers, 'next');
        if (seen.length < 3) await post({ event_type: 'user.created', deliver_at: IN_A_DAY });
      }
      assert.deepEqual(seen, all, query);

      const now = (await list(`${query}&per_page=100`)).rows.map(placeOf);
      const back: string[] = [];
      const end = await list(`${query}&per_page=2&page=999`);
      for (let path = linked(end.headers, 'prev'); path !== undefined;) {
        const { rows, headers } = await api.get(path);
        back.unshift(...rows.map(placeOf));
        path = linked(headers, 'prev');
      }
      assert.deepEqual(back, now, query);
    }
  });

  test('are of the account alone, and a cursor of theirs is refused by other lists', async () => {
    const { app, list, takes } = await appWithEveryState();
    const stranger = await apiOfNewAccount(server);
    const { app: own } = await makeApp(stranger);
    assert.equal((await stranger.get(`/apps/${app.id}/deliveries`)).status, 404);
    const { rows } = await stranger.get(`/apps/${own.id}/deliveries?endpoint_id=${takes.id}`);
    assert.deepEqual(rows, []);
    const next = /cursor=([\w-]+)/.exec((await list('per_page=1')).headers.get('link') ?? '')?.[1] ?? '';
    const refused = await stranger.get(`/apps/${own.id}/messages?cursor=${next}`);
    assert.equal(refused.status, 422);
    assert.equal(refused.body.details[0]?.path, 'cursor');
  });
});
