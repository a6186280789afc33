import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { serveParent } from '#src/dev/bench/serve-parent.ts';
import { Outage, type Recovered } from '#src/dev/bench/wire/outage.ts';
import { Arrivals, type Arrived } from '#src/dev/bench/wire/arrivals.ts';
import { HttpReader } from '#src/dev/bench/wire/http-reader.ts';
import { readNumber } from '#src/dev/bench/wire/numbered-body.ts';

// The receiver of the benchmark, the same for every sender. Answers 200 to POST /RUN/ENDPOINT and records the arrival,
// except for an earlier run. /hang/ENDPOINT is never answered, /fail/ENDPOINT with 503, /half/ENDPOINT with 503 every
// second time. A run may be down at first: until it is well it answers 503, and then 200, each after a moment.

const OK = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok');
const UNAVAILABLE = Buffer.from('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
/** A run that was down takes so long for an answer, so that requests are in flight at once. */
const ANSWERS_AFTER_MS = 10;
const PATH = /^POST \/(\w+)\/(\d+) /;
const POLL_MS = 20;

/** Requests so far to endpoints that are not well. */
const asked: Asked = { hang: 0, fail: 0, half: 0 };
let run = '';
let arrivals = new Arrivals(1);
const hanging = new Set<Socket>();
/** Requests to the endpoints that fail every second time. */
const requests = new Map<string, number>();
let outage: Outage | undefined;

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

const calls = { port, begin, recover, recovered, arrived, times, askedSoFar, letGo };
export type Asked = Record<'hang' | 'fail' | 'half', number>;
export type ReceiverCalls = typeof calls;
serveParent(calls);

function receive(socket: Socket, head: string, body: Buffer): void {
  const [, ofRun, endpoint] = PATH.exec(head) ?? [];
  if (ofRun === 'hang' || ofRun === 'fail' || ofRun === 'half') asked[ofRun] += 1;
  if (ofRun === 'hang') {
    hanging.add(socket);
    return;
  }
  if (ofRun === 'fail' || (ofRun === 'half' && isSecond(endpoint ?? ''))) {
    socket.write(UNAVAILABLE);
    return;
  }
  if (ofRun === run && outage !== undefined) {
    answerAsDown(outage, socket, { number: readNumber(body), endpoint: Number(endpoint) });
    return;
  }
  if (ofRun === run) arrivals.add(readNumber(body), Number(endpoint));
  socket.write(OK);
}

function isSecond(endpoint: string): boolean {
  const count = (requests.get(endpoint) ?? 0) + 1;
  requests.set(endpoint, count);
  return count % 2 === 0;
}

function answerAsDown(
  during: Outage,
  socket: Socket,
  { number, endpoint }: { number: number; endpoint: number },
): void {
  if (during.refuses(number)) {
    socket.write(UNAVAILABLE);
    return;
  }
  arrivals.add(number, endpoint);
  during.began();
  setTimeout(() => {
    during.ended();
    socket.write(OK);
  }, ANSWERS_AFTER_MS);
}

function port(): number {
  return (server.address() as AddressInfo).port;
}

function begin(next: { run: string; fanOut: number; isDown?: boolean }): void {
  run = next.run;
  outage = next.isDown === true ? new Outage() : undefined;
  arrivals = new Arrivals(next.fanOut);
}

/** Ends the outage of the run. */
function recover(): void {
  outage?.end();
}

/** What the outage was, and what came after it. */
function recovered(): Recovered {
  return (outage ?? new Outage()).summary;
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

function askedSoFar(): Asked {
  return asked;
}

/** Closes the hanging connections. */
function letGo(): void {
  for (const socket of hanging) socket.destroy();
}
