import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ApiClient } from '#src/dev/demo/api-client.ts';
import { createDemoData } from '#src/dev/demo/demo-data.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());

test('the demonstration is made once, and no call of it is refused', async () => {
  const api = await apiOfNewAccount(server);
  const client = new ApiClient(server.url, api.apiKey);
  const helper = await createDemoData(client);
  assert.deepEqual((await createDemoData(client)).id, helper.id);
  assert.equal((await api.get('/apps/demo/endpoints')).rows.length, 1);
  // The log is written in the order of the calls.
  assert.equal((await api.get('/apps/of-nobody')).status, 404);
  const refused = async () => (await api.get('/account/requests?outcome=refused')).rows;
  await eventually('logged', async () => (await refused()).length > 0);
  assert.deepEqual(
    (await refused()).map(({ path }) => path),
    ['/api/v1/apps/of-nobody'],
  );
});
