import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { answer, hang } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { addHeldDeliveries } from '#test/support/missed-deliveries.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';

const server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
const receiver = await startReceiver();
const ORIGIN = new URL(receiver.url).origin;
after(async () => {
  await server[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});
beforeEach(() => {
  receiver.behave(answer(200));
});

/**
 * Globex, whose endpoint answered 503 to `alpha` of type `user.created`; Initech, whose endpoint was off when `alpha`
 * and `beta` of type `user.deleted` came. Both endpoints are on again.
 */
async function missedByTwo() {
  const api = await apiOfNewAccount(server);
  const { app, subscription: globex, endpoint: failed } = await makeApp(api, { url: `${ORIGIN}/globex` });
  await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'user.deleted' });
  const { body: initech } = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Initech' });
  const { body: held } = await api.post(`/subscriptions/${initech.id}/endpoints`, {
    url: `${ORIGIN}/initech`,
    version: '1.0',
  });
  const pathOf = {
    failed: `/subscriptions/${globex.id}/endpoints/${failed.id}`,
    held: `/subscriptions/${initech.id}/endpoints/${held.id}`,
  };
  const turn = (path: string, status: string) => api.patch(path, { status });
  await turn(pathOf.held, 'inactive');
  receiver.behave(answer(503));
  const post = (event_type: string, data: string) =>
    api.post(`/apps/${app.id}/messages`, { event_type, version: '1.0', data });
  const alpha = (await post('user.created', 'alpha')).body;
  await eventually('off', async () => (await api.get(pathOf.failed)).body['status'] === 'inactive');
  const beta = (
    await api.post(`/subscriptions/${initech.id}/messages`, {
      event_type: 'user.deleted',
      version: '1.0',
      data: 'beta',
    })
  ).body;
  await turn(pathOf.failed, 'active');
  await turn(pathOf.held, 'active');
  receiver.behave(answer(200));
  const before = receiver.requests.length;
  const states = async () => {
    const { rows } = await api.get(`/apps/${app.id}/deliveries`);
    return rows.map(({ state }) => String(state)).sort();
  };
  const replay = (filter: object) => api.post(`/apps/${app.id}/replays`, filter);
  const finished = async (id: string, status = 'done') => {
    const now = async () => (await api.get(`/apps/${app.id}/replays/${id}`)).body;
    await eventually('over', async () => (await now())['status'] === status);
    return now();
  };
  /** Which endpoint got what since. */
  const arrived = () =>
    receiver.requests
      .slice(before)
      .map(
        ({ path, body }) =>
          `${path.slice(1)} ${String((JSON.parse(body.toString()) as { data: unknown }).data)}`,
      )
      .sort();
  return {
    api,
    app,
    globex,
    initech,
    failed,
    held,
    pathOf,
    turn,
    alpha,
    beta,
    states,
    replay,
    finished,
    arrived,
  };
}

const ALL = ['globex alpha', 'initech alpha', 'initech beta'];

describe('a replay by filter', () => {
  test('sends what every endpoint missed, each once, with progress', async () => {
    const { api, app, replay, finished, arrived, states } = await missedByTwo();
    const { status, body } = await replay({});
    assert.equal(status, 202);
    assert.deepEqual([body['total'], body['endpoints'], body['is_exact']], [3, 2, true]);
    assert.equal((await finished(body.id))['done'], 3);
    await eventually('all arrived', () => Promise.resolve(arrived().length === 3));
    assert.deepEqual(arrived(), ALL);
    await eventually('delivered', async () => (await states()).every((state) => state === 'delivered'));
    const again = await replay({});
    assert.deepEqual([again.body['total'], again.body['status']], [0, 'done']);
    const { rows } = await api.get(`/apps/${app.id}/replays?per_page=1`);
    assert.deepEqual(
      rows.map(({ id }) => id),
      [again.body.id],
    );
    const { rows: audited } = await api.get('/account/audit_events?action=replay.started');
    assert.equal(audited.length, 2);
  });

  test('sends what each of its filters lets through, and nothing else', async () => {
    type Made = Awaited<ReturnType<typeof missedByTwo>>;
    const cases: [(made: Made) => object, string[]][] = [
      [() => ({ status: 'failed' }), ['globex alpha']],
      [() => ({ status: ['held'] }), ['initech alpha', 'initech beta']],
      [() => ({ status: 'ignored' }), []],
      [() => ({ reason: 'filtered' }), []],
      [() => ({ event_type: 'user.deleted' }), ['initech beta']],
      [() => ({ status_code: 503 }), ['globex alpha']],
      [() => ({ status_code: 500 }), []],
      [({ held }) => ({ endpoint_id: held.id }), ['initech alpha', 'initech beta']],
      [({ globex }) => ({ subscription_id: globex.id }), ['globex alpha']],
      [({ beta }) => ({ since: beta.created_at }), ['initech beta']],
      [({ beta }) => ({ until: beta.created_at }), ['globex alpha', 'initech alpha']],
      [() => ({ q: 'BETA' }), ['initech beta']],
      [() => ({ q: 'alpha', status: 'held' }), ['initech alpha']],
    ];
    for (const [filterOf, expected] of cases) {
      const made = await missedByTwo();
      const filter = filterOf(made);
      const before = await made.states();
      const { status, body: forecast } = await made.replay({ ...filter, dry_run: true });
      assert.equal(status, 200);
      assert.equal(forecast['total'], expected.length, JSON.stringify(filter));
      assert.deepEqual(await made.states(), before, 'a dry run changes nothing');
      const { body } = await made.replay(filter);
      assert.equal(body['total'], expected.length);
      await made.finished(body.id);
      await eventually('arrived', () => Promise.resolve(made.arrived().length >= expected.length));
      assert.deepEqual(made.arrived(), expected, JSON.stringify(filter));
    }
  });

  test('sends what a rule ignored, when it is asked for by reason', async () => {
    const { api, replay, finished, arrived, beta } = await missedByTwo();
    await server.container.pool.query(
      `update deliveries set state = 'ignored', reason = 'duplicate' where account_id = $1 and message_id = $2`,
      [api.accountId, beta.id],
    );
    assert.equal((await replay({ reason: 'filtered' })).body['total'], 0);
    const { body } = await replay({ reason: 'duplicate' });
    await finished(body.id);
    await eventually('arrived', () => Promise.resolve(arrived().length === 1));
    assert.deepEqual(arrived(), ['initech beta']);
  });

  test('leaves out endpoints that are off, and says so', async () => {
    const { replay, finished, arrived, pathOf, turn, states } = await missedByTwo();
    await turn(pathOf.held, 'inactive');
    const { body: forecast } = await replay({ dry_run: true });
    assert.deepEqual([forecast['total'], forecast['endpoints_off'], forecast['deliveries_off']], [1, 1, 2]);
    const { body } = await replay({});
    assert.equal((await finished(body.id))['done'], 1);
    await eventually('arrived', () => Promise.resolve(arrived().length === 1));
    assert.deepEqual((await states()).filter((state) => state === 'held').length, 2);
  });

  test('says how long it takes with what waits before it, and what waits for a pause', async () => {
    const { api, replay, arrived, pathOf, held } = await missedByTwo();
    const estimate = async (filter: object = {}) => {
      const { body } = await replay({ ...filter, dry_run: true });
      const {
        total,
        seconds,
        deliveries_ahead: ahead,
        endpoints_paused: paused,
        deliveries_paused: waits,
      } = body;
      return { total, seconds, ahead, paused, waits };
    };
    const ofHeld = { endpoint_id: held.id };
    const hour = 3600;
    await api.patch(pathOf.held, { rate_limit: { limit: 1, period: 'hour' }, delay_seconds: hour });
    const post = () =>
      api.post(`${pathOf.held}/messages`, { event_type: 'user.deleted', version: '1.0', data: 'gamma' });
    await post();
    const noPause = { total: 2, paused: 0, waits: 0 };
    assert.deepEqual(
      await estimate(ofHeld),
      { ...noPause, seconds: 2 * hour, ahead: 0 },
      'that is due later',
    );
    await api.patch(pathOf.held, { delay_seconds: 0 });
    for (let n = 0; n < 3; n += 1) await post();
    await eventually('one goes', () => Promise.resolve(arrived().includes('initech gamma')));
    assert.deepEqual(await estimate(ofHeld), { ...noPause, seconds: 4 * hour, ahead: 2 });

    await api.post(`${pathOf.held}/pause`);
    assert.deepEqual(await estimate(ofHeld), { total: 2, seconds: null, ahead: 0, paused: 1, waits: 2 });
    const { seconds, ...ofBoth } = await estimate();
    assert.deepEqual(ofBoth, { total: 3, ahead: 0, paused: 1, waits: 2 });
    assert.ok(Number(seconds) < hour, 'of the other');
  });

  test('waits for other replays of its endpoints, is cancelled, and what was delivered meanwhile is not sent', async () => {
    const { api, app, held, replay, finished, pathOf } = await missedByTwo();
    receiver.behave(hang);
    await addHeldDeliveries(server, { app: { id: app.id, accountId: api.accountId }, endpoint: held }, 1500);
    const first = await replay({ endpoint_id: held.id });
    await eventually(
      'at its measure',
      async () => Number((await api.get(`/apps/${app.id}/replays/${first.body.id}`)).body['done']) >= 900,
    );
    const second = await replay({ endpoint_id: held.id });
    assert.equal(second.status, 202);
    assert.equal(second.body['status'], 'running');
    const { rows } = await server.container.pool.query<{ status: string }>(
      `select status from replays where account_id = $1 order by id desc limit 1`,
      [api.accountId],
    );
    assert.deepEqual(rows, [{ status: 'queued' }]);
    assert.equal((await api.post(`${pathOf.held}/replay`)).status, 409);
    for (const { body } of [second, first]) {
      assert.equal((await api.post(`/apps/${app.id}/replays/${body.id}/cancel`)).body['status'], 'cancelled');
    }
    assert.ok(Number((await finished(first.body.id, 'cancelled'))['done']) < 1502);
    assert.equal((await finished(second.body.id, 'cancelled'))['done'], 0);
    receiver.behave(answer(200));
  });

  test('is in the audit log, as replays of one endpoint and of one delivery are', async () => {
    const { api, app, failed, held, pathOf, finished, replay } = await missedByTwo();
    const audited = async () =>
      (await api.get('/account/audit_events?action=replay.started')).rows.map((row) => row['object']);
    const { first: attempt } = await api.get(`/apps/${app.id}/webhook_attempts?status=failed`);
    assert.equal((await api.post(`/apps/${app.id}/webhook_attempts/${attempt.id}/replay`)).status, 202);
    assert.equal((await api.post(`${pathOf.held}/replay`)).status, 202);
    await finished((await replay({ status: 'ignored' })).body.id);
    const objects = (await audited()) as { type: string; id: string }[];
    assert.deepEqual(
      objects.map(({ type, id }) => `${type} ${id}`),
      [`app ${app.id}`, `endpoint ${held.id}`, `endpoint ${failed.id}`],
    );
  });

  test('is of the account alone', async () => {
    const { app, replay, failed } = await missedByTwo();
    const { body } = await replay({});
    const stranger = await apiOfNewAccount(server);
    const { app: own } = await makeApp(stranger);
    assert.equal((await stranger.post(`/apps/${app.id}/replays`, {})).status, 404);
    assert.equal((await stranger.get(`/apps/${app.id}/replays/${body.id}`)).status, 404);
    assert.equal((await stranger.get(`/apps/${own.id}/replays/${body.id}`)).status, 404);
    assert.equal((await stranger.post(`/apps/${own.id}/replays/${body.id}/cancel`)).status, 404);
    const theirs = await stranger.post(`/apps/${own.id}/replays`, { endpoint_id: failed.id, dry_run: true });
    assert.equal(theirs.body['total'], 0);
    const refused = await replay({ status: 'delivered', dry_run: true });
    assert.deepEqual(
      [refused.status, (await replay({ q: '--' })).status, (await replay({ state: 'failed' })).status],
      [422, 422, 422],
    );
    const { body: empty } = await replay({ q: '' });
    assert.deepEqual(empty.details, [{ path: 'q', message: 'must hold a word: a letter or a digit' }]);
    const words = Array.from({ length: 41 }, (_, n) => `w${String(n)}`).join(' ');
    assert.equal((await replay({ q: words, dry_run: true })).status, 422);
    assert.equal((await replay({ q: words.slice(0, -4), dry_run: true })).status, 200);
  });
});
