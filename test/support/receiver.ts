import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { answer } from './behaviours.ts';
import type { Behaviour } from './behaviours.ts';
import type { ReceivedRequest } from './received-request.ts';

export interface Receiver extends AsyncDisposable {
  /** The origin, without a slash at its end. */
  url: string;
  port: number;
  /** Everything that arrived so far, oldest first. */
  requests: ReceivedRequest[];
  /** How many connections were ever opened to it: 0 proves that nobody even knocked. */
  connectionsOpened(): number;
  /** The next request that no earlier call has been given; waits for it. Rejects after `timeoutMs`. */
  nextRequest(timeoutMs?: number): Promise<ReceivedRequest>;
  /** The first `count` requests, as soon as there are that many. Rejects after `timeoutMs`. */
  firstRequests(count: number, timeoutMs?: number): Promise<ReceivedRequest[]>;
  /** Changes what it does with the requests from now on. */
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

interface ReceiverOptions {
  /** Speak https, with the certificate that {@link testCertificate} holds. */
  isTls?: boolean;
  /** With `isTls`: require a client certificate that is one of these, as PEM. */
  clients?: string[];
  /** The address to listen on. */
  host?: string;
}

/** For what is to arrive: how soon it does says how busy the machine is, and nothing else. */
const PATIENCE_MS = 60_000;

const tlsFile = (name: string) => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8');

/** What a client must trust (as `ca`) to talk to a receiver with `isTls`. */
export const testCertificate = tlsFile('certificate.pem');

/** A real receiver of webhooks on a free port; it records what arrives and does with it what `behaviour` says. */
export async function startReceiver(
  behaviour: Behaviour = answer(200),
  { isTls = false, clients, host = '127.0.0.1' }: ReceiverOptions = {},
): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  let connectionsOpened = 0;
  let taken = 0;

  const listener: RequestListener = (incoming, response) => {
    void readRequest(incoming).then((request) => {
      const index = requests.push(request) - 1;
      for (const wake of waiting) wake();
      behaviour({ request, response, socket: response.socket ?? incoming.socket, index });
    }, ignoreBrokenUpload);
  };
  const server = isTls
    ? createHttpsServer(
        {
          cert: testCertificate,
          key: tlsFile('key.pem'),
          ...(clients && { ca: clients, requestCert: true, rejectUnauthorized: true }),
        },
        listener,
      )
    : createHttpServer(listener);
  // A receiver that hangs must hang until the test says otherwise, and idle connections stay for reuse.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  server.on('connection', (socket: Socket) => {
    connectionsOpened += 1;
    sockets.add(socket);
    socket.on('error', ignoreReset).once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', ignoreReset);

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;

  function arrival(count: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(check);
        reject(
          new Error(
            `waited ${String(timeoutMs)} ms for request ${String(count)}, have ${String(requests.length)}`,
          ),
        );
      }, timeoutMs);
      const check = () => {
        if (requests.length < count) return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  }

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    // TLS clients check the name, and literal addresses send no SNI: a name is the ordinary case.
    url: isTls
      ? `https://localhost:${String(port)}`
      : `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`,
    port,
    requests,
    connectionsOpened: () => connectionsOpened,
    async nextRequest(timeoutMs = PATIENCE_MS) {
      taken += 1;
      const index = taken - 1;
      await arrival(index + 1, timeoutMs);
      return requests[index] as ReceivedRequest;
    },
    async firstRequests(count, timeoutMs = PATIENCE_MS) {
      await arrival(count, timeoutMs);
      return requests.slice(0, count);
    },
    behave(next) {
      behaviour = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readRequest(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const arrivedAtMs = Date.now();
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body: Buffer.concat(chunks),
    arrivedAtMs,
  };
}

/** Clients under test hang up on purpose; that is theirs to report. */
function ignoreReset(): void {}

function ignoreBrokenUpload(): void {}
