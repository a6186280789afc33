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
  const executionOf = (lines: number, outcome: Execution['outcome'] = 'failed'): Execution => ({
    ...{ id: uuidv7(Date.now()), accountId, appId: app.id, transformationId: made.id },
    ...{ messageId: uuidv7(Date.now()), endpointId: endpoint.id, version: 1, outcome },
    ...{ request: { headers: {}, body: '{}' }, result: null, error: 'no', durationMs: 1 },
    console: Array.from({ length: lines }, () => ({ level: 'log', text: 'a'.repeat(1000) })),
  });
  const record = (lines: number) => {
    executions.record(executionOf(lines));
  };
  const count = async () =>
    (await api.get(`/apps/${app.id}/transformations/${made.id}/executions?per_page=100`)).rows.length;
  const kept = () => executions.list({ accountId, id: made.id }, { limit: 200, offset: 0 });
  return { record, executionOf, count, kept };
}

test('what an account prints takes no room of others in the log, and little memory', async () => {
  const [noisy, other] = [await setUp(), await setUp()];
  for (let n = 0; n < 60; n += 1) noisy.record(100);
  other.record(1);
  await eventually('the other is recorded', async () => (await other.count()) === 1);
  const kept = await noisy.count();
  assert.ok(kept > 0 && kept < 30, String(kept));
});

test('of many that were sent a sample is recorded, and no other is asked for', async () => {
  const { executionOf, kept } = await setUp();
  const asked = Array.from({ length: 25 }, () => executionOf(1, 'sent')).filter((one) => {
    const isTaken = executions.takes(one);
    executions.record(one);
    return isTaken;
  });
  assert.equal(asked.length, 10);
  await eventually('they are recorded', async () => (await kept()).length > 0);
  assert.deepEqual(idsOf(await kept()), idsOf(asked.toReversed()), 'the first of a flush');
  assert.equal(executions.takes(executionOf(1, 'sent')), true, 'after they were written');
});

test('of many that failed at once the newest are recorded', async () => {
  const { executionOf, kept } = await setUp();
  const failed = Array.from({ length: 103 }, () => executionOf(0));
  for (const one of failed) executions.record(one);
  await eventually('they are recorded', async () => (await kept()).length > 0);
  assert.deepEqual(idsOf(await kept()), idsOf(failed.slice(3).toReversed()));
});

const idsOf = (some: Execution[]) => some.map(({ id }) => id);
