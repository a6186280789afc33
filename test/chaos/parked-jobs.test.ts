import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { settledLedger } from '#test/support/ledger.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

/** Long, because an attempt that ends first does not kill its worker, and the receiver is late on a busy machine. */
const env = { DELIVERY_TIMEOUT_MS: '3000', DELIVERY_LEASE_SECONDS: '4' };
interface Attempt {
  outcome: string;
  error_message: string;
  endpoint_id: string;
}

const MAX_WORKERS = 8;

test('a delivery that kills its workers is found among others, parked, and sent by a replay', async () => {
  await using server = await startTestServer({ runs: 'web', env });
  const { pool } = server.container;
  let isDeadly = true;
  let kill = () => undefined as unknown;
  await using receiver = await startReceiver(({ request, response }) => {
    if (isDeadly && request.body.includes('poison')) kill();
    else response.writeHead(200).end();
  });
  const { apiKey, app, endpoint, subscription, post } = await createSubscribedApp(server, {
    url: receiver.url,
  });
  const call = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    return (await fetch(`${server.url}/api/v1${path}`, { headers, ...init })).json();
  };
  const { message: poison } = await post({ dataText: '"poison"' });
  for (let n = 0; n < 3; n += 1) await post({ dataText: '"good"' });

  const { databaseUrl } = server;
  await using owned = new AsyncDisposableStack();
  let workers = 0;
  const parked = async () => {
    const { text } = await metrics(server.url);
    return text.includes('hostedhooks_parked_jobs{queue="deliver"} 1');
  };
  while (!(await parked())) {
    workers += 1;
    assert.ok(workers <= MAX_WORKERS, 'it is parked after a few deaths');
    const worker = owned.use(await startServerProcess({ databaseUrl, entry: 'worker', env }));
    kill = () => worker.program.kill('SIGKILL');
    let hasEnded = false;
    void worker.program.ended.then(() => (hasEnded = true));
    await eventually('dead, or parked', async () => hasEnded || (await parked()));
  }
  assert.ok(workers > 3, 'not before three deaths');

  assert.deepEqual(await settledLedger(pool), { delivered: 3, failed: 1 });
  const attempts = (await call(`/apps/${app.id}/webhook_attempts?message_id=${poison.id}`)) as Attempt[];
  const [attempt] = attempts;
  assert.equal(attempt?.outcome, 'parked');
  assert.match(attempt.error_message, /set aside.*A replay sends it again/);
  assert.equal(attempt.endpoint_id, endpoint.id);

  isDeadly = false;
  await call(`/subscriptions/${subscription.id}/endpoints/${endpoint.id}/replay`, {
    method: 'POST',
    body: '{}',
  });
  await eventually('delivered', async () => (await settledLedger(pool))['delivered'] === 4);
});

async function metrics(url: string) {
  return { text: await (await fetch(`${url}/metrics`)).text() };
}
