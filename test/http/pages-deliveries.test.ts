import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { answer } from '#test/support/behaviours.ts';
import { presentForecast } from '#src/surfaces/api/presenters/app-replay.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import { addHeldDeliveries } from '#test/support/missed-deliveries.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { messageTo } from '#test/support/subscribed-app.ts';

describe('the deliveries of an app, on pages', () => {
  let server: TestServer;
  let receiver: Receiver;
  let visitor: Visitor;
  let path: string;
  let globex: string;
  let endpointId: string;

  before(async () => {
    server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
    receiver = await startReceiver(answer(500));
    visitor = await signedInVisitor(server);
    const { apps, acceptor, endpoints, subscriptions, webhookEvents } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: 'user.created' });
    path = `/apps/${app.id}`;
    const subscribers = [];
    for (const name of ['Globex', 'Initech']) {
      const subscription = await subscriptions.create(app, { name });
      subscribers.push(subscription.id);
      const url = `${receiver.url}/${name.toLowerCase()}`;
      const endpoint = await endpoints.create(subscription, { url, version: '1.0' });
      if (name === 'Globex') endpointId = endpoint.id;
    }
    globex = subscribers[0] ?? '';
    await acceptor.accept(messageTo(app));
    await eventually('given up', async () => rowsOf(await listed('?state=failed')) === 2);
    for (const endpoint of await endpoints.listOfApp(app, { limit: 10, offset: 0 }))
      await endpoints.update(endpoint, { status: 'active' });
  });
  after(async () => {
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
    await (receiver as Receiver | undefined)?.[Symbol.asyncDispose]();
  });

  const listed = async (query = '') => (await visitor.get(`${path}/deliveries${query}`)).text;

  it('are listed with state, subscriber, latest attempt and a replay', async () => {
    const text = await listed();
    for (const shown of [/Given up/, /Globex/, /Initech/, />500</, /Replay/, /user\.created/])
      assert.match(text, shown);
    assert.match(text, /aria-current="page">Deliveries/);
    assert.match(text, /data-follow="rows"[^]*<div id="rows">/);
    assert.doesNotMatch(await listed('?until=2020-01-01T00:00'), /data-follow/, 'a time that is over');
    assert.match(await listed('?state=delivered'), /Nothing matches/);
  });

  it('are filtered by state, reason, subscriber, endpoint, event and time', async () => {
    const counts = {
      [`subscription_id=${globex}`]: 1,
      [`endpoint_id=${endpointId}`]: 1,
      'event_type=user.created': 2,
      'event_type=user.deleted': 0,
      'reason=filtered': 0,
      'since=2020-01-01T00:00': 2,
      'until=2020-01-01T00:00': 0,
    };
    for (const [query, count] of Object.entries(counts))
      assert.equal(rowsOf(await listed(`?${query}`)), count, query);
    assert.match(await listed('?state=lost'), /has a value that nothing here has/);
    assert.match(await listed('?stat=failed'), /Did you mean “state”/);
  });

  it('are replayed as the filter says: estimated, started, followed', async () => {
    const query = `?state=failed&subscription_id=${globex}`;
    assert.ok((await listed(query)).includes(`${path}/replays/new${query.replace('&', '&amp;')}`));
    assert.doesNotMatch(await listed('?state=delivered'), /replays\/new/);
    const { text } = await visitor.get(`${path}/replays/new${query}`);
    for (const shown of [/Replay 1 delivery/, /1 endpoint/, /value="failed"/]) assert.match(text, shown);
    const endpoint = `${path}/endpoints/${endpointId}`;
    await visitor.post(`${endpoint}/pause`, {});
    const words = (await visitor.get(`${path}/replays/new${query}`)).text.replace(/<[^>]*>|\s+/g, ' ');
    assert.match(words, /Takes +we cannot say, because nothing is sent to an endpoint that is paused/);
    assert.match(words, /Waits +1 delivery of +1 endpoint that +is paused, until you resume it/);
    await visitor.post(`${endpoint}/resume`, {});
    assert.equal((await visitor.get(`${path}/replays/new?state=lost`)).status, 400);
    assert.equal((await visitor.get(`${path}/replays/new?state=delivered`)).status, 400);

    receiver.behave(answer(200));
    const form = { state: 'failed', subscription_id: globex };
    assert.equal((await visitor.post(`${path}/replays`, { ...form, state: 'lost' })).status, 400);
    assert.equal((await visitor.post(`${path}/replays`, { ...form, states: 'held' })).status, 422);
    const { location } = await visitor.post(`${path}/replays`, form);
    assert.match((await visitor.get(location)).text, /The replay has begun/);
    await eventually('sent', async () => rowsOf(await listed('?state=delivered')) === 1);
    await eventually('done', async () => (await visitor.get(location)).text.includes('Done'));
    assert.match((await visitor.get(location)).text, /1 of 1/);
    assert.ok((await visitor.get(`${path}/replays`)).text.includes(location));
    const cancelled = await visitor.post(`${location}/cancel`, {});
    assert.match((await visitor.get(cancelled.location)).text, /was done already/);
    assert.equal(rowsOf(await listed('?state=failed')), 1, 'what the filter left out');
  });

  it('are replayed where they are ticked, and a refused one leaves the others on their way', async () => {
    const [, place = ''] = /name="deliveries" value="([^"]+)"/.exec(await listed('?state=failed')) ?? [];
    const [messageId = ''] = place.split('.');
    const delivered = `${messageId}.${endpointId}`;
    const fields = [place, delivered, place].map((one): [string, string] => ['deliveries', one]);
    const { text } = await visitor.post(`${path}/deliveries/replay`, fields);
    assert.match(text, /1 delivery is on the way again\./);
    assert.match(text, /Not done \(1\)[^]*Done \(1\)/);
    await eventually('sent', async () => rowsOf(await listed('?state=delivered')) === 2);
    await retriedLater(place, async () => {
      const again = await visitor.post(`${path}/deliveries/replay`, { deliveries: place });
      assert.match(again.text, /Not done \(1\)/, 'a reload sends nothing twice');
    });
    assert.doesNotMatch(await listed(), /name="deliveries"/, 'nothing is left to tick');
    for (const [form, status] of [
      [{}, 400],
      [{ deliveries: 'nonsense' }, 400],
      [{ deliveries: place, action: 'replay' }, 422],
    ] as const)
      assert.equal((await visitor.post(`${path}/deliveries/replay`, form)).status, status);
    const stranger = await signedInVisitor(server);
    assert.equal((await stranger.post(`${path}/deliveries/replay`, { deliveries: place })).status, 404);
    const theirs = await server.container.apps.create(stranger.accountId, { name: 'Theirs' });
    const moved = `/apps/${theirs.id}/deliveries/replay`;
    assert.doesNotMatch((await stranger.post(moved, { deliveries: place })).text, /on the way/);
  });

  /** While a delivery is as it is between two attempts. */
  async function retriedLater(place: string, then: () => Promise<void>): Promise<void> {
    const { pool } = server.container;
    const where = 'where account_id = $1 and message_id = $2 and endpoint_id = $3';
    const key = [visitor.accountId, ...place.split('.')];
    const later = `state = 'scheduled', next_attempt_at = now() + interval '1 hour'`;
    await pool.query(`update deliveries set ${later} ${where}`, key);
    await then();
    await pool.query(`update deliveries set state = 'delivered', next_attempt_at = null ${where}`, key);
  }

  it('are replayed after a forecast that names why it cannot say how long, and says where it counted no further', async () => {
    const { apps, endpoints, pool, subscriptions, webhookEvents } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Umbrella' });
    await webhookEvents.create(app, { eventType: 'user.created' });
    const subscription = await subscriptions.create(app, { name: 'Hooli' });
    const made = [];
    for (const name of ['paused', 'idle']) {
      const endpoint = await endpoints.create(subscription, {
        url: `${receiver.url}/${name}`,
        version: '1.0',
      });
      await addHeldDeliveries(server, { app, endpoint }, 1);
      made.push({ endpoint, page: `/apps/${app.id}/endpoints/${endpoint.id}` });
    }
    const forecast = async () =>
      (await visitor.get(`/apps/${app.id}/replays/new?state=held`)).text.replace(/<[^>]*>|\s+/g, ' ');
    const [first, last] = made;
    assert.ok(first !== undefined && last !== undefined);
    await visitor.post(`${first.page}/pause`, {});
    assert.match(await forecast(), /Takes +nothing was sent there lately/);
    await visitor.post(`${last.page}/pause`, {});
    assert.match(
      await forecast(),
      /Takes +we cannot say, because nothing is sent to an endpoint that is paused/,
    );
    await visitor.post(`${last.page}/resume`, {});
    await endpoints.update(last.endpoint, { rules: { rate_limit: { limit: 1, period: 'hour' } } });
    const inWordsOfApi = async () =>
      presentForecast(await server.container.appReplays.forecast(app, { states: ['held'] }));
    assert.match(await forecast(), /Takes +about 60 minutes /);
    assert.doesNotMatch(await forecast(), /or longer/);
    assert.equal((await inWordsOfApi()).deliveries_ahead_is_exact, true);
    await pool.query(
      `insert into queue_entries (account_id, app_id, endpoint_id, message_id, attempts_made, trigger, due_at)
       select $1, $2, $3, gen_random_uuid(), 0, 'automatic', now() from generate_series(1, 10002)`,
      [app.accountId, app.id, last.endpoint.id],
    );
    assert.match(
      await forecast(),
      /Takes +about 10,00\d hours or longer, with at least 10,000 that are sent there before/,
    );
    assert.equal((await inWordsOfApi()).deliveries_ahead_is_exact, false);
  });

  it('are nobody else’s', async () => {
    const stranger = await signedInVisitor(server);
    const own = (await visitor.get(`${path}/replays`)).text;
    const [replay = ''] = /\/apps\/[^"]+\/replays\/[0-9a-f-]{36}/.exec(own) ?? [];
    assert.notEqual(replay, '');
    for (const address of [`${path}/deliveries`, `${path}/replays`, `${path}/replays/new`, replay])
      assert.equal((await stranger.get(address)).status, 404, address);
    assert.equal((await stranger.post(`${path}/replays`, {})).status, 404);
    assert.equal((await stranger.post(`${replay}/cancel`, {})).status, 404);
    const theirs = await server.container.apps.create(stranger.accountId, { name: 'Theirs' });
    const moved = replay.replace(path, `/apps/${theirs.id}`);
    assert.equal((await stranger.get(moved)).status, 404);
    assert.equal((await stranger.post(`${moved}/cancel`, {})).status, 404);
    const search = `/apps/${theirs.id}/deliveries?endpoint_id=${endpointId}`;
    assert.equal(rowsOf((await stranger.get(search)).text), 0);
  });
});

const rowsOf = (text: string) => text.match(/data-label="Attempts"/g)?.length ?? 0;
