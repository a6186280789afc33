import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import express, { type RequestHandler } from 'express';
import { limitArrival, mayTakeLong } from '#src/surfaces/http/arrival-limit.ts';

const WITHIN_MS = 50;
const HEAD = 'POST / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n';

const answerAll: RequestHandler = async (req, res) => {
  res.end(await text(req).catch(() => ''));
};

test('a request whose body does not arrive in time is cut off, however it drips', async () => {
  await using server = await serve(answerAll);
  for (const head of ['content-length: 1000000\r\n\r\n', 'transfer-encoding: chunked\r\n\r\n']) {
    const socket = connect(server.port);
    const dripping = setInterval(() => socket.write(head.includes('chunked') ? '1\r\nx\r\n' : 'x'), 10);
    socket.on('error', () => undefined).write(HEAD + head);
    // Not `once`, which takes a drip into a connection that is cut for a failure.
    await new Promise((resolve) => socket.on('close', resolve));
    clearInterval(dripping);
    assert.equal(await server.outcome(), 'cut');
  }
});

test('one that has arrived may be answered later, and one that may take long may arrive later', async () => {
  for (const handle of [late, slow]) {
    await using server = await serve(handle);
    const socket = connect(server.port);
    socket.write(`${HEAD}content-length: 2\r\n\r\n${handle === late ? 'ok' : 'o'}`);
    if (handle === slow) setTimeout(() => socket.write('k'), WITHIN_MS * 3);
    assert.match(await text(socket), /^HTTP\/1.1 200 OK[^]*ok$/);
    assert.equal(await server.outcome(), 'answered');
  }
});

const late: RequestHandler = async (req, res) => {
  const body = await text(req);
  setTimeout(() => res.end(body), WITHIN_MS * 3);
};

const slow: RequestHandler = (req, res, next) => {
  mayTakeLong(req);
  return answerAll(req, res, next);
};

async function serve(handle: RequestHandler) {
  const outcomes: Promise<'answered' | 'cut'>[] = [];
  const app = express();
  app.use((_req, res, next) => {
    outcomes.push(once(res, 'close').then(() => (res.writableFinished ? 'answered' : 'cut')));
    next();
  });
  app.use(limitArrival(WITHIN_MS), handle);
  const server = app.listen(0);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    outcome: () => outcomes.shift(),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
