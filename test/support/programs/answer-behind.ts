// A receiver in a thread of its own: it answers the request while the thread that started it stands still.
// `signals` has two numbers: whether that thread stands still, and whether the answer is written.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const signals = new Int32Array((workerData as { signals: SharedArrayBuffer }).signals);

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    parentPort?.postMessage('arrived');
    Atomics.wait(signals, 0, 0);
    response.end('taken', () => {
      Atomics.store(signals, 1, 1);
      Atomics.notify(signals, 1);
    });
  });
});
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
