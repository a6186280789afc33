import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Api, type ApiAnswer, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());

const FIRST = { event_type: 'user.created', version: '1.0', data: { amount: 1 }, event_id: 'order-1' };

interface World {
  api: Api;
  app: { id: string };
  /** Posts to the app. */
  post: (message: object) => Promise<ApiAnswer>;
  paths: { app: string; subscription: string; endpoint: string; other: string };
}

async function makeWorld(): Promise<World> {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api);
  await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'user.deleted' });
  const { body: other } = await api.put(`/apps/${app.id}/subscriptions/initech`, {});
  const of = `/apps/${app.id}/subscriptions/${subscription.id}`;
  const paths = {
    app: `/apps/${app.id}/messages`,
    subscription: `${of}/messages`,
    endpoint: `${of}/endpoints/${endpoint.id}/messages`,
    other: `/subscriptions/${other.id}/messages`,
  };
  return { api, app, paths, post: (message) => api.post(paths.app, message) };
}

const assertConflict = ({ status, body }: ApiAnswer, path = 'event_id') => {
  assert.deepEqual([status, body.code, body.details[0]?.path], [409, 'event_id_conflict', path]);
};

describe('an event_id that is taken', () => {
  test('answers the same message with the first one, whatever else it says', async () => {
    const { post } = await makeWorld();
    const first = await post(FIRST);
    assert.equal(first.status, 201);
    for (const more of [{}, { headers: { 'x-more': '1' } }, { deliver_at: new Date().toISOString() }]) {
      const again = await post({ ...FIRST, ...more });
      assert.deepEqual([again.status, again.text], [200, first.text]);
      assert.equal(again.headers.get('idempotent-replayed'), 'true');
    }
  });

  test('refuses another type, version or data, spelled otherwise, too: 409', async () => {
    const { post } = await makeWorld();
    await post(FIRST);
    for (const other of [{ event_type: 'user.deleted' }, { version: '2.0' }, { data: { amount: 2 } }]) {
      assertConflict(await post({ ...FIRST, ...other }));
    }
    assertConflict(await post(JSON.parse(JSON.stringify({ ...FIRST, data: { amount: '1' } })) as object));
  });

  test('refuses another target: 409, and the first stays the only one', async () => {
    const { api, paths } = await makeWorld();
    const targets = Object.values(paths);
    for (const [index, path] of targets.entries()) {
      const message = { ...FIRST, event_id: `order-${String(index)}` };
      assert.equal((await api.post(path, message)).status, 201);
      for (const other of targets) {
        const again = await api.post(other, message);
        if (other === path) assert.equal(again.status, 200);
        else assertConflict(again);
      }
    }
    assert.equal((await api.get(paths.app)).rows.length, targets.length);
  });

  test('refuses another message that comes at the same time: 409', async () => {
    const { post } = await makeWorld();
    const all = Array.from({ length: 12 }, (_, index) => post({ ...FIRST, data: index % 2 }));
    const answers = await Promise.all(all);
    const taken = answers.findIndex(({ status }) => status === 201);
    for (const [index, answer] of answers.entries()) {
      if (index === taken) continue;
      if (index % 2 === taken % 2) assert.equal(answer.status, 200);
      else assertConflict(answer);
    }
  });
});

describe('a message that was taken, and that its app would refuse now', () => {
  const addSubscriber = (api: Api, app: string) =>
    api.put(`/apps/${app}/endpoints/more`, {
      url: 'https://more.example/',
      version: '1.0',
      subscription: { uid: 'hooli', name: 'Hooli' },
    });
  const changeEvent = (change: object) => async (api: Api, app: string) => {
    const events = (await api.get(`/apps/${app}/webhook_events`)).rows;
    const event = events.find((one) => one['event_type'] === FIRST.event_type);
    return api.patch(`/apps/${app}/webhook_events/${String(event?.id)}`, change);
  };
  const deleteEvent = async (api: Api, app: string) => {
    const events = (await api.get(`/apps/${app}/webhook_events`)).rows;
    for (const { id } of events) await api.delete(`/apps/${app}/webhook_events/${id}`);
    return api.get(`/apps/${app}`);
  };
  const message = { ...FIRST, expect: { endpoints: 1 } };
  const changes = {
    audience: addSubscriber,
    not_broadcast: changeEvent({ broadcast: false }),
    unknown_event_type: deleteEvent,
    schema_violation: changeEvent({ schema: { type: 'string' }, enforce: true }),
  };

  for (const [code, change] of Object.entries(changes)) {
    test(`is answered with the first, alone and in a batch, when the refusal is ${code}`, async () => {
      const { api, app, paths, post } = await makeWorld();
      const [first, second] = [await post(message), await post({ ...message, event_id: 'order-2' })];
      assert.equal(first.status, 201);
      const changed = await change(api, app.id);
      assert.equal(changed.status < 300, true, changed.text);

      const again = await post(message);
      assert.deepEqual([again.status, again.text], [200, first.text]);
      assert.equal(again.headers.get('idempotent-replayed'), 'true');
      const batch = await api.post(`${paths.app}/batch`, [{ ...message, event_id: 'order-2' }, message]);
      assert.equal(batch.status < 300, true, batch.text);
      assert.deepEqual(
        batch.rows.map(({ id }) => id),
        [second.body.id, first.body.id],
      );

      const others = [
        { ...message, event_id: 'order-3' },
        { ...message, event_id: 'order-2', data: 1 },
      ];
      for (const other of others) {
        const refused = await post(other);
        assert.deepEqual([refused.status, refused.body.code], [422, code]);
        const beside = await api.post(`${paths.app}/batch`, [message, other]);
        assert.deepEqual([beside.status, beside.body.code], [422, code]);
        for (const { path } of beside.body.details) assert.match(path, /^messages\.1\./);
      }
      assert.equal((await api.get(paths.app)).rows.length, 2);
    });
  }

  test('is answered beside those that the app takes', async () => {
    const { api, app, paths, post } = await makeWorld();
    const first = await post(message);
    await addSubscriber(api, app.id);
    const fresh = { ...FIRST, expect: { endpoints: 2 } };
    const batch = [{ ...fresh, event_id: 'a' }, message, { ...fresh, event_id: 'b' }];
    const { status, rows, text } = await api.post(`${paths.app}/batch`, batch);
    assert.equal(status, 201, text);
    assert.deepEqual(
      rows.map((row) => row['event_id']),
      ['a', FIRST.event_id, 'b'],
    );
    assert.equal(rows[1]?.id, first.body.id);
    assert.equal((await api.get(paths.app)).rows.length, 3);
  });
});

describe('a batch', () => {
  const messages = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ ...FIRST, data: n, event_id: `event-${String(n)}` }));

  test('in which an event_id is another message’s, there or in the batch, is refused as a whole: 409', async () => {
    const { api, paths, post } = await makeWorld();
    await post(FIRST);
    const [one, two, three] = messages(3);
    assertConflict(await api.post(`${paths.app}/batch`, [one, { ...FIRST, data: 2 }]), 'messages.1.event_id');
    const twice = [one, two, { ...three, event_id: one?.event_id }];
    assertConflict(await api.post(`${paths.app}/batch`, twice), 'messages.2.event_id');
    assert.equal((await api.get(paths.app)).rows.length, 1);
    assert.equal((await api.post(`${paths.app}/batch`, [one, two, three])).status, 201);
  });

  test('that comes again, at once and overlapping, is taken once', async () => {
    const { api, paths } = await makeWorld();
    const all = messages(30);
    const batches = [all, all.slice(10), all.slice(0, 20), all.toReversed()];
    const answers = await Promise.all(batches.map((batch) => api.post(`${paths.app}/batch`, batch)));
    for (const [index, { status, rows }] of answers.entries()) {
      assert.ok(status < 300);
      const asked = batches[index]?.map(({ event_id }) => event_id);
      assert.deepEqual(
        rows.map((row) => row['event_id']),
        asked,
      );
    }
    assert.equal((await api.get(`${paths.app}?per_page=100`)).rows.length, 30);
  });

  test('is listed in the order in which it was written', async () => {
    const { api, paths } = await makeWorld();
    await api.post(`${paths.app}/batch`, messages(100));
    const listed = (await api.get(`${paths.app}?per_page=100`)).rows.map((row) => row['data']);
    assert.deepEqual(
      listed,
      Array.from({ length: 100 }, (_, n) => 99 - n),
    );
  });

  test('that meets an event_id past its message’s retention names it: 409, as alone', async () => {
    const { api, paths, post } = await makeWorld();
    const { body } = await post(FIRST);
    await server.container.pool.query('delete from messages where account_id = $1 and id = $2', [
      api.accountId,
      body.id,
    ]);
    assertConflict(await post(FIRST));
    assertConflict(await api.post(`${paths.app}/batch`, [...messages(1), FIRST]), 'messages.1.event_id');
  });

  test('is compared with what was posted before by all that it says, in texts and in bytes', async () => {
    const { api, app, paths } = await makeWorld();
    const publish = (body: string | Buffer, eventId: string) =>
      api.post(`/apps/${app.id}/publish?event_type=user.created&version=1.0&event_id=${eventId}`, body);
    await publish('{"amount":1}', 'as-it-is');
    const batch = `${paths.app}/batch`;
    const all = [FIRST, { ...FIRST, event_id: 'zoë', data: { name: 'Zoë' } }];
    const first = await api.post(batch, all);
    assert.deepEqual([first.status, (await api.post(batch, all)).text], [201, first.text]);
    const others = [{ event_type: 'user.deleted' }, { version: '2.0' }, { data: { amount: 2 } }];
    for (const other of others) {
      assertConflict(await api.post(batch, [all[1], { ...FIRST, ...other }]), 'messages.1.event_id');
    }
    assertConflict(await api.post(batch, [{ ...FIRST, event_id: 'as-it-is' }]), 'messages.0.event_id');
    await api.post(paths.subscription, { ...FIRST, event_id: 'elsewhere' });
    assertConflict(await api.post(batch, [{ ...FIRST, event_id: 'elsewhere' }]), 'messages.0.event_id');
  });
});
