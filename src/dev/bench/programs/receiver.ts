import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { serveParent } from '#src/dev/bench/serve-parent.ts';
import { Arrivals, type Arrived } from '#src/dev/bench/wire/arrivals.ts';
import { HttpReader } from '#src/dev/bench/wire/http-reader.ts';
import { readNumber } from '#src/dev/bench/wire/numbered-body.ts';

// The receiver of the benchmark, the same for every sender. Answers 200 to POST /RUN/ENDPOINT and records the arrival,
// except for an earlier run. /hang/ENDPOINT is never answered.

const OK = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok');
const PATH = /^POST \/(\w+)\/(\d+) /;
const POLL_MS = 20;

let run = '';
let arrivals = new Arrivals(1);
let hung = 0;
const hanging = new Set<Socket>();

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new HttpReader((head, body) => {
    receive(socket, head, body);
  });
  socket.on('data', (chunk: Buffer) => {
    reader.read(chunk);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => hanging.delete(socket));
});
await once(server.listen(0, '127.0.0.1'), 'listening');

const calls = { port, begin, arrived, times, letGo };
export type ReceiverCalls = typeof calls;
serveParent(calls);

function receive(socket: Socket, head: string, body: Buffer): void {
  const [, ofRun, endpoint] = PATH.exec(head) ?? [];
  if (ofRun === 'hang') {
    hung += 1;
    hanging.add(socket);
    return;
  }
  if (ofRun === run) arrivals.add(readNumber(body), Number(endpoint));
  socket.write(OK);
}

function port(): number {
  return (server.address() as AddressInfo).port;
}

function begin(next: { run: string; fanOut: number }): void {
  run = next.run;
  arrivals = new Arrivals(next.fanOut);
}

/** The arrivals, as soon as there are `distinct` of them or no more have come for `quietMs`. */
async function arrived({ distinct, quietMs }: { distinct: number; quietMs: number }): Promise<Arrived> {
  let last = -1;
  let quietForMs = 0;
  while (arrivals.summary.distinct < distinct && quietForMs < quietMs) {
    quietForMs = arrivals.summary.distinct === last ? quietForMs + POLL_MS : 0;
    last = arrivals.summary.distinct;
    await pause(POLL_MS);
  }
  return arrivals.summary;
}

function times(): Float64Array {
  return arrivals.times();
}

/** Closes the hanging connections. Returns how many requests have hung since the last call. */
function letGo(): number {
  for (const socket of hanging) socket.destroy();
  const count = hung;
  hung = 0;
  return count;
}
