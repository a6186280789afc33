import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { isReplayed, newKey } from '#test/support/idempotency.ts';
import { type CommitPoint, startPostgresProxy } from '#test/support/postgres-proxy.ts';
import { startTestServer } from '#test/support/server.ts';

const database = await createTestDatabase();
const proxy = await startPostgresProxy(database.url);
const server = await startTestServer({ databaseUrl: proxy.url, runs: 'web' });
after(async () => {
  await server[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const CUTS: { when: CommitPoint['when']; status: number }[] = [
  { when: 'before', status: 503 },
  { when: 'after', status: 201 },
];

for (const { when, status } of CUTS) {
  test(`a batch whose connection is cut ${when} its COMMIT is answered ${String(status)}, and repeated once under its key`, async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const batch = [1, 2, 3].map((data) => ({ event_type: 'user.created', version: '1.0', data }));
    const key = newKey();
    const post = () => api.post(`/apps/${app.id}/messages/batch`, batch, key);
    const stored = async () => (await api.get(`/apps/${app.id}/messages`)).rows.length;

    const stopped = proxy.stopAt({ of: 'intake', when });
    const posted = post();
    (await stopped).cut();
    assert.equal((await posted).status, status);
    assert.equal(await stored(), status === 201 ? 3 : 0);

    const again = await post();
    assert.deepEqual([again.status, isReplayed(again)], [201, status === 201]);
    assert.equal(await stored(), 3);
  });
}
