import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { putOnPlan, useMessagesBut } from '#test/support/quotas.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor } from '#test/support/pages.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const message = { event_type: 'user.created', version: '1.0', data: {} };

test('over the quota a post is answered 402 with plan, limit and command; every answer tells the rate', async () => {
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api);
  await putOnPlan(server, api.accountId, 'hobby');
  await useMessagesBut(server, api.accountId, 1);
  const path = `/apps/${app.id}/messages`;
  assert.equal((await api.post(path, message)).status, 201);
  const refused = await api.post(path, message);
  assert.deepEqual([refused.status, refused.body.code], [402, 'message_quota']);
  assert.match(refused.body.message, /plan hobby allows 10,000 .*heroku addons:upgrade hosted-hooks:starter/);
  for (const { headers } of [refused, await api.post(path, {})]) {
    assert.equal(headers.get('ratelimit-policy'), '"messages";q=6000;w=60');
    assert.match(headers.get('ratelimit') ?? '', /^"messages";r=\d+;t=\d+$/);
    assert.match(headers.get('access-control-expose-headers') ?? '', /RateLimit, RateLimit-Policy/);
  }
  assert.equal((await api.post(`/apps/${app.id}/messages/explain`, message)).status, 200);
});

test('20 endpoints made at once are as many as the plan has room for', async () => {
  const api = await apiOfNewAccount(server);
  const { app, subscription } = await makeApp(api);
  await server.container.pool.query(
    `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted)
     select gen_random_uuid(), $1, $2, $3, 'https://receiver.example/', '1.0', '' from generate_series(1, 94)`,
    [api.accountId, app.id, subscription.id],
  );
  await putOnPlan(server, api.accountId, 'hobby');
  const endpoint = { url: 'https://receiver.example/', version: '1.0' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? api.post(`/subscriptions/${subscription.id}/endpoints`, endpoint)
        : api.put(`/apps/${app.id}/endpoints/e${String(index)}`, {
            ...endpoint,
            subscription: { uid: subscription.id },
          }),
    ),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 5);
  const refused = answers.filter(({ status }) => status === 402);
  assert.equal(refused.length, 15);
  assert.equal(refused[0]?.body.code, 'plan_limit');
  assert.match(refused[0].body.message, /plan hobby allows 100 endpoints.*hosted-hooks:starter/);
});

test('the last place is given once, also while another endpoint is just being made', async () => {
  const api = await apiOfNewAccount(server);
  const { app, subscription } = await makeApp(api);
  const { pool } = server.container;
  const fill = `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted)
     select gen_random_uuid(), $1, $2, $3, 'https://receiver.example/', '1.0', '' from generate_series(1, $4::int)`;
  const ids = [api.accountId, app.id, subscription.id];
  await putOnPlan(server, api.accountId, 'hobby');
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from endpoints where account_id = $1',
    [api.accountId],
  );
  await pool.query(fill, [...ids, 99 - rows[0]!.count]);
  const endpoint = { url: 'https://receiver.example/', version: '1.0' };
  const answer = await transaction(pool, async (client) => {
    await client.query('select from accounts where id = $1 for no key update', [api.accountId]);
    const posted = api.post(`/subscriptions/${subscription.id}/endpoints`, endpoint);
    await someoneWaits(pool, 'for no key update');
    await client.query(fill, [...ids, 1]);
    return { posted };
  });
  assert.equal((await answer.posted).status, 402);
});

test('the usage page shows the limits and the days, and every page says when little is left', async () => {
  const visitor = await signedInVisitor(server);
  await putOnPlan(server, visitor.accountId, 'hobby');
  await useMessagesBut(server, visitor.accountId, 1900);
  const usage = await visitor.get('/settings/usage');
  assert.equal(usage.status, 200);
  assert.match(usage.text, /81 % of this month’s messages are used/);
  assert.match(usage.text, /8,100 messages/);
  assert.match(usage.text, /The count begins again on 1 [A-Z][a-z]+ \d{4}, UTC\./);
  // The fake Heroku has a CLI of its own, so its command is the one to type: in the notice and below the limits.
  const commands = usage.text.match(
    />npm run heroku -- addons:upgrade hosted-hooks-test-1 hosted-hooks:starter</g,
  );
  assert.equal(commands?.length, 2, usage.text.match(/addons:upgrade[^<]*/g)?.join(', '));
  assert.match((await visitor.get('/apps')).text, /81 % of this month’s messages are used/);
  assert.match((await visitor.get('/settings/account')).text, /href="\/settings\/usage/);
});
