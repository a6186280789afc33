import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Execution } from '#src/domain/transformations/transformation.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const { executions, models } = server.container;

/** A transformation of a new account, and how an execution of it is recorded that printed so many lines. */
async function setUp() {
  const api = await apiOfNewAccount(server);
  const { app, endpoint } = await makeApp(api);
  const code = 'addHandler("transform", (r) => r)';
  const { body: made } = await api.post(`/apps/${app.id}/transformations`, { name: 'Code', code });
  const { accountId } = await models.App.findByPk(app.id, { rejectOnEmpty: true });
  const record = (lines: number) => {
    const execution: Execution = {
      ...{ id: uuidv7(Date.now()), accountId, appId: app.id, transformationId: made.id },
      ...{ messageId: uuidv7(Date.now()), endpointId: endpoint.id, version: 1, outcome: 'failed' },
      ...{ request: { headers: {}, body: '{}' }, result: null, error: 'no', durationMs: 1 },
      console: Array.from({ length: lines }, () => ({ level: 'log', text: 'a'.repeat(1000) })),
    };
    executions.record(execution);
  };
  const count = async () =>
    (await api.get(`/apps/${app.id}/transformations/${made.id}/executions?per_page=100`)).rows.length;
  return { record, count };
}

test('what an account prints takes no room of others in the log, and little memory', async () => {
  const [noisy, other] = [await setUp(), await setUp()];
  for (let n = 0; n < 60; n += 1) noisy.record(100);
  other.record(1);
  await eventually('the other is recorded', async () => (await other.count()) === 1);
  const kept = await noisy.count();
  assert.ok(kept > 0 && kept < 30, String(kept));
});
