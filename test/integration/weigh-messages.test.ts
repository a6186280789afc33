import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { weighMessages } from '#src/pipeline/fetch/weigh-messages.ts';
import { addEndpoints } from '#test/support/hanging-endpoints.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const web = await sharedServer('web');
after(() => web[Symbol.asyncDispose]());

test('a message weighs as much as what is named of it: a single delivery not as if it were all', async () => {
  const url = 'https://receiver.example';
  const subscribed = await createSubscribedApp(web, { url });
  await addEndpoints(web, subscribed, { count: 39, url });
  const { message } = await subscribed.post({ dataText: JSON.stringify('x'.repeat(998)) });
  const { id, accountId, appId, endpointIds } = message;
  const ofMessage = { messages: [{ accountId, appId, messageIds: [id] }] };
  const ofDelivery = (endpointId: string) => ({
    deliveries: [
      {
        accountId,
        appId,
        messageId: id,
        endpointId,
        attemptsMade: 1,
        dueAt: '',
        trigger: 'automatic' as const,
      },
    ],
  });
  const weigh = async (jobs: Parameters<typeof weighMessages>[1]) =>
    (await transaction(web.container.pool, (client) => weighMessages(client, jobs))).get(id);

  assert.equal(endpointIds.length, 40);
  assert.equal(await weigh([ofMessage]), 1000 + 40 * 512);
  assert.equal(await weigh([ofDelivery(endpointIds[0] ?? '')]), 1000 + 512);
  assert.equal(await weigh(endpointIds.slice(0, 3).map(ofDelivery)), 1000 + 3 * 512);
  assert.equal(await weigh([ofDelivery(endpointIds[0] ?? ''), ofMessage]), 1000 + 40 * 512);
});
