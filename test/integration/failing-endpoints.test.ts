import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const { pool } = server.container;

async function countDeliveries(accountId: string, condition: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from deliveries where account_id = $1 and ${condition}`,
    [accountId],
  );
  return rows[0]?.count ?? 0;
}

test('an endpoint that fails gets a trial now and then, and its backlog when it succeeds again, each once', async () => {
  await using receiver = await startReceiver(answer(503));
  const { app, post } = await createSubscribedApp(server, { url: receiver.url });
  await Promise.all(Array.from({ length: 100 }, () => post()));
  await eventually(
    'snoozed',
    async () => (await countDeliveries(app.accountId, `state = 'scheduled' and attempts_made = 0`)) >= 60,
  );
  assert.ok(receiver.requests.length < 30, `${String(receiver.requests.length)} were sent`);

  receiver.behave(answer(200));
  const failed = await countDeliveries(app.accountId, 'attempts_made > 0');
  await eventually(
    'all but those that wait for their retry delivered',
    async () => (await countDeliveries(app.accountId, `state = 'scheduled' and attempts_made = 0`)) === 0,
  );
  const succeeded = await pool.query(`select from attempts where account_id = $1 and succeeded`, [
    app.accountId,
  ]);
  assert.ok((succeeded.rowCount ?? 0) >= 100 - failed - 10);
  const first = receiver.requests.filter(({ headers }) => headers['hostedhooks-attempt'] === '1');
  assert.equal(first.length, 100);
  assert.equal(new Set(first.map(({ headers }) => headers['webhook-id'])).size, 100);
});

test('few deliveries to an endpoint that fails are attempted by trials, not snoozed', async () => {
  await using receiver = await startReceiver(answer(503));
  const { app, post } = await createSubscribedApp(server, { url: receiver.url });
  for (let sent = 1; sent <= 5; sent += 1) {
    await post();
    await receiver.firstRequests(sent);
  }
  await Promise.all(Array.from({ length: 4 }, () => post()));
  await receiver.firstRequests(9);
  assert.equal(await countDeliveries(app.accountId, 'attempts_made = 0'), 0);
});
