import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parkDeliveries } from '#src/domain/deliveries/transitions/park-deliveries.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { DeliveryJobData, DeliveryRef } from '#src/infra/queue/jobs.ts';
import { addPast } from '#test/support/old-log.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

let server: TestServer;
before(async () => {
  server = await sharedServer('web');
});
after(() => server[Symbol.asyncDispose]());

async function subscribed() {
  const { pool } = server.container;
  const owner = await createSubscribedApp(server, { url: 'https://example.com/' });
  const { accountId, id: appId } = owner.app;
  return {
    accountId,
    appId,
    add: async (state?: 'pending' | 'scheduled') =>
      (await addPast(pool, owner, { daysAgo: 0, ...(state === undefined ? {} : { state }) }))[0] ?? '',
    /** A job's name of a scheduled delivery. */
    async refOf(messageId: string): Promise<DeliveryRef> {
      const dueAt = new Date();
      await pool.query(
        'update deliveries set next_attempt_at = $3 where account_id = $1 and message_id = $2',
        [accountId, messageId, dueAt],
      );
      const key = { accountId, appId, messageId, endpointId: owner.endpoint.id };
      return { ...key, attemptsMade: 1, dueAt: dueAt.toISOString(), trigger: 'automatic' };
    },
    park: (job: DeliveryJobData) => transaction(pool, (client) => parkDeliveries(client, job)),
    async states(messageIds: string[]) {
      const { rows } = await pool.query<{ state: string }>(
        'select state from deliveries where account_id = $1 and message_id = any($2) order by message_id',
        [accountId, messageIds],
      );
      return rows.map(({ state }) => state);
    },
  };
}

test('of the messages of a parked job those fail that were not delivered', async () => {
  const { accountId, appId, add, park, states } = await subscribed();
  const messageIds = [await add(), await add('pending')];
  const parked = await park({ messages: [{ accountId, appId, messageIds }] });
  assert.deepEqual(
    parked.map(({ messageId, attemptsMade, trigger }) => [messageId, attemptsMade, trigger]),
    [[messageIds[1], 1, 'automatic']],
  );
  assert.deepEqual(await states(messageIds), ['failed']);
});

test('of single deliveries those fail that are due as the job says; a probe is missed as before', async () => {
  const { add, park, refOf, states } = await subscribed();
  const messageIds = [await add('scheduled'), await add('scheduled'), await add('scheduled')];
  const [failing, later, probe] = await Promise.all(messageIds.map(refOf));
  assert.ok(failing && later && probe);
  const parked = await park({
    deliveries: [
      failing,
      { ...later, dueAt: new Date(0).toISOString() },
      { ...probe, trigger: 'probe', missedAs: 'held' },
    ],
  });
  assert.deepEqual(
    parked.map(({ messageId, attemptsMade, trigger }) => [messageId, attemptsMade, trigger]).sort(),
    [
      [failing.messageId, 2, 'automatic'],
      [probe.messageId, 2, 'probe'],
    ],
  );
  assert.deepEqual(await states(messageIds), ['failed', 'scheduled', 'held']);
});
