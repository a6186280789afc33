import assert from 'node:assert/strict';
import { hash, randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { applyRetention } from '#src/domain/retention/retention.ts';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { appsOf, isReplayed, newKey } from '#test/support/idempotency.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { putOnPlan, useMessagesBut } from '#test/support/quotas.ts';
import { startTestServer } from '#test/support/server.ts';

const clock = createJumpingClock();
const SECONDS = 1 / 3600;
const server = await startTestServer({ clock });
after(() => server[Symbol.asyncDispose]());
const { pool, quota } = server.container;

type Step = (api: Api) => Promise<unknown>;

const MESSAGE = { event_type: 'user.created', version: '1.0', data: { n: 1 } };

describe('a request with an Idempotency-Key', () => {
  test('gives its first answer again, byte for byte, and does nothing', async () => {
    const api = await apiOfNewAccount(server);
    const key = newKey();
    const first = await api.post('/apps', { name: 'Acme' }, key);
    const again = await api.post('/apps', { name: 'Acme' }, key);
    assert.deepEqual([first.status, isReplayed(first)], [201, false]);
    assert.deepEqual([again.status, isReplayed(again)], [201, true]);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get('content-type'), first.headers.get('content-type'));
    assert.equal(await appsOf(api), 1);
  });

  test('is another request with another body or address', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const key = newKey();
    assert.equal((await api.post('/apps', { name: 'Acme' }, key)).status, 201);
    const others: [string, unknown][] = [
      ['/apps', { name: 'acme' }],
      ['/apps', '{"name": "Acme"}'],
      ['/hook_helpers', { label: 'Acme' }],
      [`/apps/${app.id}/messages`, MESSAGE],
    ];
    for (const [path, body] of others) {
      const { status, body: refused } = await api.post(path, body, key);
      assert.deepEqual([status, refused.code], [422, 'idempotency_key_reused'], path);
    }
    assert.equal(isReplayed(await api.post('/apps', { name: 'Acme' }, key)), true);
  });

  test('is compared by its query and the bytes of any body', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const key = newKey();
    const publish = (bytes: number[], version = '1.0') =>
      fetch(`${server.url}/api/v1/apps/${app.id}/publish?event_type=user.created&version=${version}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.apiKey}`, 'content-type': 'application/x-any', ...key },
        body: Buffer.from(bytes),
      });
    const first = await publish([0, 255, 1]);
    const again = await publish([0, 255, 1]);
    assert.deepEqual([first.status, again.status], [201, 201]);
    assert.equal(await again.text(), await first.text());
    assert.equal((await publish([0, 254, 1])).status, 422);
    assert.equal((await publish([0, 255, 1], '2.0')).status, 422);
  });

  test('is compared by a body that is streamed, too', async () => {
    const api = await apiOfNewAccount(server);
    const key = newKey();
    const fileOf = (name: string) =>
      [
        { type: 'header', format: 'hostedhooks-export', version: 1 },
        { type: 'app', id: randomUUID(), name, created_at: '2026-01-31T12:00:00.000Z' },
        { type: 'trailer' },
      ]
        .map((line) => JSON.stringify(line))
        .join('\n');
    const [one, other] = [fileOf('One'), fileOf('Other')];
    assert.equal((await api.post('/import', 'nothing', key)).status, 400, 'and that is not kept');
    const first = await api.post('/import', one, key);
    const again = await api.post('/import', one, key);
    assert.deepEqual([first.status, isReplayed(first)], [200, false]);
    assert.deepEqual([again.text, isReplayed(again)], [first.text, true]);
    const refused = await api.post('/import', other, key);
    assert.deepEqual([refused.status, refused.body.code], [422, 'idempotency_key_reused']);
    assert.equal(await appsOf(api), 1);
    assert.equal((await api.post('/import', other, newKey())).status, 200);
    assert.equal(await appsOf(api), 2);
  });

  test('is its account’s own', async () => {
    const [one, other] = [await apiOfNewAccount(server), await apiOfNewAccount(server)];
    const key = newKey();
    const first = await one.post('/apps', { name: 'Acme' }, key);
    const second = await other.post('/apps', { name: 'Acme' }, key);
    assert.deepEqual([second.status, isReplayed(second)], [201, false]);
    assert.notEqual(second.body.id, first.body.id);
  });

  test('is executed anew without the header, and with another key', async () => {
    const api = await apiOfNewAccount(server);
    for (const headers of [newKey(), newKey(), {}, {}]) await api.post('/apps', { name: 'Acme' }, headers);
    assert.equal(await appsOf(api), 4);
    const { rows } = await pool.query('select from idempotency_keys where account_id = $1', [api.accountId]);
    assert.equal(rows.length, 2);
  });

  test('is remembered for 24 hours', async () => {
    const api = await apiOfNewAccount(server);
    const key = newKey();
    const first = await api.post('/apps', { name: 'Acme' }, key);
    clock.jump(24 - SECONDS);
    assert.equal((await api.post('/apps', { name: 'Acme' }, key)).body.id, first.body.id);
    clock.jump(2 * SECONDS);
    const later = await api.post('/apps', { name: 'Another' }, key);
    assert.deepEqual([later.status, isReplayed(later)], [201, false]);
  });

  test('is cut from the log of its account when it is forgotten', async () => {
    const api = await apiOfNewAccount(server);
    await api.post('/apps', { name: 'Acme' }, newKey());
    clock.jump(23);
    const later = newKey();
    await api.post('/apps', { name: 'Acme' }, later);
    clock.jump(2);
    await applyRetention(server.container, api.accountId, new AbortController().signal);
    const { rows } = await pool.query('select from idempotency_keys where account_id = $1', [api.accountId]);
    assert.equal(rows.length, 1);
    assert.equal(isReplayed(await api.post('/apps', { name: 'Acme' }, later)), true);
  });

  test('needs a key of 1 to 255 printable characters', async () => {
    const api = await apiOfNewAccount(server);
    for (const bad of ['', 'x'.repeat(256), 'a\tb', 'é']) {
      const { status, body } = await api.post('/apps', { name: 'Acme' }, { 'idempotency-key': bad });
      assert.deepEqual([status, body.details[0]?.path], [422, 'Idempotency-Key'], JSON.stringify(bad));
    }
    const longest = { 'idempotency-key': '~'.repeat(255) };
    assert.equal((await api.post('/apps', { name: 'Acme' }, longest)).status, 201);
    assert.equal(isReplayed(await api.post('/apps', { name: 'Acme' }, longest)), true);
  });
});

describe('what is kept', () => {
  const poster = async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    return {
      api,
      post: (key: Record<string, string>) => api.post(`/apps/${app.id}/messages`, MESSAGE, key),
      onPlan: async (plan: string) => {
        await putOnPlan(server, api.accountId, plan);
        quota.invalidate(api.accountId);
      },
    };
  };

  const removals: {
    refusal: string;
    path: string;
    body: object;
    cause?: Step;
    remove: Step;
    status: number;
  }[] = [
    {
      refusal: '404',
      path: '/apps/mine/webhook_events',
      body: { event_type: 'user.created' },
      remove: (api) => api.put('/apps/mine'),
      status: 404,
    },
    {
      refusal: '409',
      path: '/apps',
      body: { name: 'Other', uid: 'mine' },
      cause: (api) => api.put('/apps/mine'),
      remove: (api) => api.delete('/apps/mine'),
      status: 409,
    },
    {
      refusal: '422',
      path: '/apps/mine/messages',
      body: MESSAGE,
      cause: (api) => api.put('/apps/mine'),
      remove: (api) => api.post('/apps/mine/webhook_events', { event_type: MESSAGE.event_type }),
      status: 422,
    },
  ];
  for (const { refusal, path, body, cause, remove, status } of removals) {
    test(`is no ${refusal}`, async () => {
      const api = await apiOfNewAccount(server);
      await cause?.(api);
      const key = newKey();
      assert.equal((await api.post(path, body, key)).status, status);
      await remove(api);
      const done = await api.post(path, body, key);
      assert.deepEqual([done.status, isReplayed(done)], [201, false], done.text);
      const again = await api.post(path, body, key);
      assert.deepEqual([again.status, isReplayed(again)], [201, true]);
    });
  }

  test('is no 402', async () => {
    const { api, post, onPlan } = await poster();
    await onPlan('hobby');
    await useMessagesBut(server, api.accountId, 0);
    const key = newKey();
    assert.equal((await post(key)).status, 402);
    await onPlan('scale');
    const done = await post(key);
    assert.deepEqual([done.status, isReplayed(done)], [201, false]);
  });

  test('is no 429', async () => {
    const { api, post, onPlan } = await poster();
    await onPlan('hobby');
    await pool.query('insert into publish_rates (account_id, full_at, granted) values ($1, $2, 0)', [
      api.accountId,
      clock.now() / 1000 + 110,
    ]);
    const key = newKey();
    assert.equal((await post(key)).status, 429);
    clock.jump(120 * SECONDS);
    await eventually('let through', async () => {
      const done = await post(key);
      assert.equal(isReplayed(done), false);
      return done.status === 201;
    });
  });

  test('is no failure of ours', async () => {
    const api = await apiOfNewAccount(server);
    const key = newKey();
    await pool.query('alter table apps rename to elsewhere');
    const failed = await api.post('/apps', { name: 'Acme' }, key);
    await pool.query('alter table elsewhere rename to apps');
    assert.equal(failed.status, 500);
    const again = await api.post('/apps', { name: 'Acme' }, key);
    assert.deepEqual([again.status, isReplayed(again)], [201, false]);
  });

  test('can be read neither in the database nor under another key', async () => {
    const api = await apiOfNewAccount(server);
    const key = newKey();
    const made = await api.post('/account/api_keys', { name: 'CI of Acme' }, key);
    const again = await api.post('/account/api_keys', { name: 'CI of Acme' }, key);
    assert.deepEqual([again.text, isReplayed(again)], [made.text, true]);
    const { rows } = await pool.query<{ answer: Buffer; row: string }>(
      'select answer, k::text as row from idempotency_keys k where account_id = $1',
      [api.accountId],
    );
    const { answer: sealed, row } = rows[0]!;
    for (const secret of ['CI of Acme', String(made.body['api_key']), key['idempotency-key']]) {
      assert.equal(sealed.includes(secret), false);
      assert.equal(row.includes(secret), false);
    }
    const other = newKey();
    await api.post('/account/api_keys', { name: 'CI of Acme' }, other);
    await pool.query('update idempotency_keys set answer = $2 where account_id = $1 and key_hash = $3', [
      api.accountId,
      sealed,
      hash('sha256', other['idempotency-key'], 'buffer'),
    ]);
    assert.equal((await api.post('/account/api_keys', { name: 'CI of Acme' }, other)).status, 500);
  });
});
