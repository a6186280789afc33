import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const URL = 'http://127.0.0.1:9/';

let server: TestServer;
before(async () => {
  server = await startTestServer({ runs: 'web' });
});
after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

test('a change of a subscriber is made, though another changed it since it was read', async () => {
  const { app, subscription } = await createSubscribedApp(server, { url: URL });
  const { subscriptions } = server.container;
  const [one, other] = [
    await subscriptions.getOfApp(app, subscription.id),
    await subscriptions.getOfApp(app, subscription.id),
  ];
  await subscriptions.update(one, { name: 'Initech' });
  await subscriptions.update(other, { name: 'Globex' });
  assert.equal((await subscriptions.getOfApp(app, subscription.id)).name, 'Globex');
});

test('of endpoints that are added at once to hear of an account none is one too many', async () => {
  const { accountId } = await server.createAccount();
  const { ownEndpoints } = server.container;
  const { max } = FIXED_LIMITS.ownEndpoints;
  await ownEndpoints.create(accountId, { url: URL });
  const added = Array.from({ length: max + 3 }, () => ownEndpoints.create(accountId, { url: URL }));
  const refused = (await Promise.allSettled(added)).filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 4);
  assert.equal((await ownEndpoints.list(accountId, firstPage(100))).length, max);
});
