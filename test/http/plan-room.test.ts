import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { SCOPES } from '#src/domain/api-keys/api-key.ts';
import { COUNTED_LIMITS, type Counted } from '#src/domain/plans/counted-limits.ts';
import { findPlan } from '#src/domain/plans/plans.ts';
import { monthAt } from '#src/domain/quotas/month.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { type Api, apiOf, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { peopleAt } from '#test/support/people.ts';
import { putOnPlan, useMessagesBut, useUpRoom } from '#test/support/quotas.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const plan = findPlan('hobby') ?? assert.fail();

type Made = Awaited<ReturnType<typeof makeApp>>;

/** Asks for one more of each. */
const ONE_MORE: Record<Counted, (api: Api, made: Made) => ReturnType<Api['post']>> = {
  apps: (api) => api.post('/apps', { name: 'One more' }),
  eventTypes: (api, { app }) => api.post(`/apps/${app.id}/webhook_events`, { event_type: 'one.more' }),
  schemaKilobytes: (api, { app, event }) =>
    api.patch(`/apps/${app.id}/webhook_events/${event.id}`, { schema: { title: 'x'.repeat(50_000) } }),
  subscriptions: (api, { app }) => api.put(`/apps/${app.id}/subscriptions/one-more`),
  endpoints: (api, { subscription }) =>
    api.post(`/subscriptions/${subscription.id}/endpoints`, { url: 'https://a.example', version: '1' }),
  hookHelpers: (api) => api.post('/hook_helpers'),
};

const created_at = '2026-01-31T12:00:00.000Z';

/** The lines of an import that bring one more of each. */
const ONE_MORE_LINE: Record<Counted, (made: Made) => object> = {
  apps: () => ({ type: 'app', id: uuidv7(Date.now()), name: 'One more', created_at }),
  eventTypes: () => eventLine({}),
  schemaKilobytes: () => eventLine({ schema: { title: 'x'.repeat(50_000) } }),
  subscriptions: () => ({ type: 'subscription', id: uuidv7(Date.now()), name: 'One more', created_at }),
  endpoints: ({ subscription: { id } }) => ({
    ...{ type: 'endpoint', id: uuidv7(Date.now()), url: 'https://a.example', version: '1', status: 'active' },
    ...{ enabled_events: '*', subscription: { id }, created_at },
  }),
  hookHelpers: () => ({
    ...{ type: 'hook_helper', id: uuidv7(Date.now()), label: 'a', url: '', endpoint_id: null, created_at },
  }),
};
const eventLine = (more: object) => ({
  ...{ type: 'webhook_event', id: uuidv7(Date.now()), event_type: 'one.more', created_at },
  ...more,
});

/** An import of one message that was delivered. */
function historyOf({ app }: Made): string {
  const id = uuidv7(Date.now());
  const lines = [
    { type: 'header', format: 'hostedhooks-export', version: 1 },
    { type: 'app', id: app.id, name: 'Acme', created_at },
    { type: 'message', id, event_type: 'user.created', version: '1.0', data: {} },
    {
      type: 'delivery',
      message_id: id,
      endpoint_id: uuidv7(Date.now()),
      state: 'delivered',
      attempts_made: 1,
    },
    { type: 'trailer' },
  ];
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

test('an import brings no more than the plan has room for', async () => {
  for (const { of, plural } of COUNTED_LIMITS) {
    const api = await apiOfNewAccount(server);
    const made = await makeApp(api);
    await useUpRoom(server, api.accountId, of);
    const lines = [
      { type: 'header', format: 'hostedhooks-export', version: 1 },
      { type: 'app', id: made.app.id, name: 'Acme', created_at },
      { type: 'subscription', id: made.subscription.id, name: 'Acme', created_at },
      ONE_MORE_LINE[of](made),
    ];
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    const { status, body } = await api.post('/import', text, { 'content-type': 'application/x-ndjson' });
    assert.deepEqual([status, body.code], [402, 'plan_limit'], plural);
    assert.match(body.message, new RegExp(`allows [\\d,]+ ${plural}`));
  }
});

describe('one more than the plan has room for is answered 402, with what to do; GET /account tells how many', () => {
  for (const limit of COUNTED_LIMITS) {
    test(limit.plural, async () => {
      const api = await apiOfNewAccount(server);
      const made = await makeApp(api);
      await useUpRoom(server, api.accountId, limit.of);
      const { status, body } = await ONE_MORE[limit.of](api, made);
      assert.deepEqual([status, body.code], [402, 'plan_limit']);
      const number = plan[limit.of].toLocaleString('en-US');
      assert.ok(
        body.message.startsWith(`The plan hobby allows ${number} ${limit.plural}, and there are that many.`),
      );
      assert.match(
        body.message,
        /Remove one first\. For more, upgrade: heroku addons:upgrade hosted-hooks:starter/,
      );
      const { body: account } = await api.get('/account');
      const told = [account.limits, account.usage] as unknown as Record<string, number>[];
      assert.deepEqual(
        told.map((one) => one[limit.name]),
        [plan[limit.of], plan[limit.of]],
      );
    });
  }
});

test('an account without Heroku is told at each limit whom to ask for more, and no command of Heroku’s', async () => {
  const { email, browser } = await peopleAt(server).newPerson();
  const { namedKeys, pool } = server.container;
  const { rows } = await pool.query<{ id: string }>('select id from accounts where name = $1', [
    `Account of ${email}`,
  ]);
  const accountId = rows[0]?.id ?? assert.fail();
  const { key: apiKey } = await namedKeys.create(accountId, {
    name: 'all',
    scopes: SCOPES,
    expiresAt: null,
  });
  const api = apiOf(server, { accountId, apiKey });
  const made = await makeApp(api);
  await useUpRoom(server, accountId, 'apps');
  await useMessagesBut(server, accountId, 0);
  const message = { event_type: 'user.created', version: '1.0', data: {} };
  const invite = (n: number) => api.post('/account/invitations', { email: `p${String(n)}@acme.example` });
  for (let n = 1; n < plan.members; n += 1) assert.equal((await invite(n)).status, 201);
  const ASK =
    /Larger plans are sold at Heroku\. Write to support@hostedhooks\.com, and we put this account on one\./;
  await pool.query(
    `insert into imports (account_id, history_month, history_messages) values ($1, $2, $3)
     on conflict (account_id) do update set history_month = $2, history_messages = $3`,
    [accountId, monthAt(server.container.clock.now()).firstDay, 2 ** 31 - 1],
  );
  for (const { status, text } of [
    await ONE_MORE.apps(api, made),
    await api.post('/import', historyOf(made), { 'content-type': 'application/x-ndjson' }),
    await api.post(`/apps/${made.app.id}/messages`, message),
    await invite(plan.members),
  ]) {
    assert.equal(status, 402, text);
    assert.match(text, ASK);
    assert.doesNotMatch(text, /addons:/);
  }
  assert.equal((await api.get('/account')).body['upgrade_command'], null);
  for (const path of ['/settings/account', '/settings/usage', '/settings/retention']) {
    const { text } = await browser.get(path);
    assert.match(text, ASK, path);
    assert.doesNotMatch(text, /addons:upgrade/, path);
  }
  await putOnPlan(server, accountId, 'scale');
  for (const path of ['/settings/account', '/settings/usage']) {
    const { text } = await browser.get(path);
    assert.match(text, /The plan scale is our largest\. Write to support@hostedhooks\.com for more\./, path);
  }
});

test('the documents tell every limit of every plan', async () => {
  const text = await (await fetch(`${server.url}/docs`)).text();
  for (const { of, plural } of COUNTED_LIMITS) {
    assert.ok(text.includes(plural), plural);
    assert.ok(text.includes(plan[of].toLocaleString('en-US')), of);
  }
});

test('110 event types with schemas of 60 KB: a message needs one of them, and no process all', async () => {
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api);
  const { pool } = server.container;
  await pool.query(
    `insert into webhook_events (id, account_id, app_id, event_type, schema, enforce, versions)
     select gen_random_uuid(), $1, $2, 'big.' || n,
       json_build_object('required', json_build_array('id'), 'title', repeat('x', 60000)), true,
       json_build_array(json_build_object('version', '2', 'schema', json_build_object('required',
         json_build_array('two')), 'example', null), json_build_object('version', '3', 'schema', null, 'example', null))
     from generate_series(1, 110) n`,
    [api.accountId, app.id],
  );
  const post = (event_type: string, version: string, data: object) =>
    api.post(`/apps/${app.id}/messages`, { event_type, version, data });
  assert.equal((await post('big.1', '1.0', { id: 1 })).status, 201);
  assert.equal((await post('big.1', '1.0', {})).body.code, 'schema_violation');
  assert.equal((await post('big.1', '2', { two: 1 })).status, 201);
  assert.equal((await post('big.1', '2', { id: 1 })).body.code, 'schema_violation');
  assert.equal(
    (await post('big.1', '3', { id: 1 })).status,
    201,
    'a version without a schema is as the others',
  );
  const all = Array.from({ length: 110 }, (_, n) => ({
    event_type: `big.${String(n + 1)}`,
    version: '1.0',
    data: { id: n },
  }));
  assert.equal((await api.post(`/apps/${app.id}/messages/batch`, all)).status, 201);
  const refused = await api.post(`/apps/${app.id}/messages/batch`, [...all, { ...all[0], data: {} }]);
  assert.deepEqual(refused.body.details, [{ path: 'messages.110.data.id', message: 'is required' }]);
});
