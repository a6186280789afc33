import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import { createPoster } from '#src/infra/outbound/post.ts';

const TIMEOUT_MS = 1000;

test('an answer that came in time counts, also when this process stood still beyond the deadline', async () => {
  const signals = new Int32Array(new SharedArrayBuffer(8));
  const receiver = new Worker(new URL('../support/programs/answer-behind.ts', import.meta.url), {
    workerData: { signals: signals.buffer },
  });
  const [port] = (await once(receiver, 'message')) as [number];
  const policy = createAddressPolicy({ allowsPrivateNetworks: true, trustedPrefix: 'http://localhost:1/r/' });
  const poster = createPoster({ policy, timeoutMs: TIMEOUT_MS });

  const posted = poster.post({ url: `http://127.0.0.1:${String(port)}/`, headers: {}, body: '{}' });
  await once(receiver, 'message');
  Atomics.store(signals, 0, 1);
  Atomics.notify(signals, 0);
  Atomics.wait(signals, 1, 0);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TIMEOUT_MS);

  const { outcome, statusCode } = await posted;
  assert.deepEqual([outcome, statusCode], ['status', 200]);
  await poster.close();
  await receiver.terminate();
});
