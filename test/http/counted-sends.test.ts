import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { countedMessages, putOnPlan, useMessagesBut } from '#test/support/quotas.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

// What could stand for a post counts as one: else tests of a payload that changes, or one message that is sent again
// and again, would be messages that nobody pays for.

const receiver = await startReceiver();
after(() => receiver.close());
const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

/** An account with a message that was delivered. */
async function delivered() {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  await api.post(`/apps/${app.id}/messages`, { event_type: 'user.created', version: '1.0', data: {} });
  const [first] = await attemptsOf(api, app, 1);
  const sendAgain = (force = true) =>
    api.post(`/apps/${app.id}/webhook_attempts/${first?.id ?? ''}/replay`, { force });
  const testIt = () =>
    api.post(`/subscriptions/${subscription.id}/endpoints/${endpoint.id}/test`, {
      event_type: 'user.created',
    });
  return { api, app, sendAgain, testIt };
}

async function attemptsOf(api: Api, app: Thing, count: number): Promise<Thing[]> {
  let rows: Thing[] = [];
  await eventually(`${String(count)} attempts`, async () => {
    ({ rows } = await api.get(`/apps/${app.id}/webhook_attempts`));
    return rows.length === count;
  });
  return rows;
}

test('a test counts as a message', async () => {
  const { api, testIt } = await delivered();
  assert.equal((await testIt()).status, 200);
  assert.equal(await countedMessages(server, api.accountId), 2);
});

test('what was delivered counts again when it is sent again, and not when that is refused', async () => {
  const { api, app, sendAgain } = await delivered();
  assert.equal((await sendAgain(false)).status, 409);
  assert.equal(await countedMessages(server, api.accountId), 1);
  assert.equal((await sendAgain()).status, 202);
  await attemptsOf(api, app, 2);
  assert.equal(await countedMessages(server, api.accountId), 2);
});

test('a month that is used up has room for neither; what was missed is sent all the same', async () => {
  const { api, app, sendAgain, testIt } = await delivered();
  await putOnPlan(server, api.accountId, 'hobby');
  await useMessagesBut(server, api.accountId, 0);
  server.container.quota.invalidate(api.accountId);
  for (const refused of [await testIt(), await sendAgain()]) {
    assert.deepEqual([refused.status, refused.body.code], [402, 'message_quota']);
  }
  await attemptsOf(api, app, 1);

  await server.container.pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
     select account_id, app_id, message_id, endpoint_id, 'failed', 1 from attempts where account_id = $1`,
    [api.accountId],
  );
  assert.equal((await sendAgain()).status, 202);
  await attemptsOf(api, app, 2);
});
