import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { apiOfNewAccount } from '#test/support/api.ts';
import { startTestServer } from '#test/support/server.ts';

const server = await startTestServer({ runs: 'web' });
after(() => server[Symbol.asyncDispose]());
const { apiKey } = await apiOfNewAccount(server);
const FIVE_MINUTES_MS = 300_000;

/**
 * What is to happen in five minutes, while it is. Noted rather than made to come: the connections' own timers go on.
 */
const inFiveMinutes = new Map<unknown, () => void>();
beforeEach(() => {
  const { clearTimeout, setTimeout } = globalThis;
  mock.method(globalThis, 'setTimeout', (callback: () => void, ms?: number) => {
    const timer = setTimeout(callback, ms);
    if (ms === FIVE_MINUTES_MS) inFiveMinutes.set(timer, callback);
    return timer;
  });
  mock.method(globalThis, 'clearTimeout', (timer: NodeJS.Timeout | undefined) => {
    inFiveMinutes.delete(timer);
    clearTimeout(timer);
  });
});
afterEach(() => {
  mock.restoreAll();
  inFiveMinutes.clear();
});

test('a request that has not arrived after five minutes is cut off', async () => {
  const { request, socket } = await begin('/apps', 'application/json');
  assert.equal(inFiveMinutes.size, 1);
  assert.equal(request.destroyed, false);
  for (const happen of inFiveMinutes.values()) happen();
  assert.equal(request.destroyed, true);
  await once(socket, 'close');
});

test('an import that is being read may arrive later', async () => {
  const { request, socket } = await begin('/import', 'application/x-ndjson');
  while (request.listenerCount('readable') === 0) await setImmediate();
  assert.equal(inFiveMinutes.size, 0);
  const lines = '{"type":"header","format":"hostedhooks-export","version":1}\n{"type":"trailer"}\n';
  socket.write(`${lines.length.toString(16)}\r\n${lines}\r\n0\r\n\r\n`);
  assert.match(await text(socket), /^HTTP\/1\.1 200 [^]*"complete":true/);
});

/** A post of which only the head has arrived, as the server sees it and as its client does. */
async function begin(path: string, type: string) {
  const { promise: arrived, resolve } = Promise.withResolvers<IncomingMessage>();
  const note = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    if (request.url === `/api/v1${path}`) resolve(request);
  };
  subscribe('http.server.request.start', note);
  const socket = connect(server.container.config.http.port).on('error', () => undefined);
  socket.write(
    `POST /api/v1${path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nauthorization: Bearer ${apiKey}\r\n` +
      `content-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  const request = await arrived;
  unsubscribe('http.server.request.start', note);
  // The server's own listener comes after those who are told.
  await setImmediate();
  return { request, socket };
}
