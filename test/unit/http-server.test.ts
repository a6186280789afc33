import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { setImmediate as pause } from 'node:timers/promises';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { HttpServer } from '#src/boot/http-server.ts';
import { lingerUntilRead } from '#src/surfaces/http/linger.ts';
import { eventually } from '#test/support/eventually.ts';

/** Until a connection that is not cut off is given up. */
const PATIENCE_MS = 20_000;

/** What is to happen later, by in how many milliseconds. It does not come by itself, so that one alone comes. */
const later = new Map<number | undefined, () => void>();
beforeEach(() => {
  const { setTimeout } = globalThis;
  mock.method(globalThis, 'setTimeout', (callback: () => void, ms?: number) => {
    later.set(ms, callback);
    return setTimeout(() => undefined, ms);
  });
});
afterEach(() => {
  mock.restoreAll();
  later.clear();
});

async function serverOf(listener: RequestListener) {
  const server = new HttpServer({ host: '127.0.0.1', port: 0 }, () => Promise.resolve(listener));
  await server.start();
  const port = Number(new URL(server.url).port);
  const sockets: Socket[] = [];
  const client = () => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  const stop = () => server.stop();
  const dispose = async () => {
    for (const socket of sockets) socket.destroy();
    await stop();
  };
  return { client, stop, [Symbol.asyncDispose]: dispose };
}

const post = (length: number, rest = '') =>
  `POST / HTTP/1.1\r\nHost: here\r\nContent-Length: ${String(length)}\r\n${rest}\r\n`;
/** A cut connection may be a reset one. */
const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
const answerOf = async (socket: Socket) => String((await once(socket, 'data'))[0]);

test('a body that is forgotten is read a chunk in each turn, so that many of them keep nobody waiting', async () => {
  const chunks = 32;
  let pauses = 0;
  await using server = await serverOf((req, res) => {
    req.socket.on('pause', () => (pauses += 1));
    res.end('refused');
  });
  const socket = server.client();
  socket.write(post(chunks * 64 * 1024, 'connection: close\r\n'));
  assert.match(await answerOf(socket), /refused/);
  socket.write(Buffer.alloc(chunks * 64 * 1024));
  await closed(socket);
  assert.ok(pauses >= chunks, String(pauses));
});

test('an address of 8 KB is handled, and a longer one is refused', async () => {
  await using server = await serverOf((_req, res) => res.writeHead(204).end());
  const answerTo = async (length: number) => {
    const socket = server.client();
    socket.write(`GET /${'x'.repeat(length - 1)} HTTP/1.1\r\nHost: here\r\n\r\n`);
    return answerOf(socket);
  };
  const { max } = FIXED_LIMITS.addressBytes;
  assert.match(await answerTo(max), /^HTTP\/1.1 204 /);
  const refused = await answerTo(max + 1);
  assert.match(refused, /^HTTP\/1.1 414 /);
  assert.match(refused, /\r\nx-request-id: \S+\r\naccess-control-allow-origin: \*\r\n/);
});

test('a stop cuts off clients that send no more, and those that never read', async () => {
  const { promise: arrived, resolve } = Promise.withResolvers<undefined>();
  let requests = 0;
  await using server = await serverOf((req, res) => {
    requests += 1;
    if (requests === 3) resolve(undefined);
    if (req.url === '/large') res.end(Buffer.alloc(64 * 1024 * 1024));
    else if (req.url === '/refused') res.writeHead(401).end();
    // The others wait for their body.
  });
  for (const path of ['/large', '/half', '/refused']) {
    const socket = server.client().pause();
    socket.write(`POST ${path} HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{`);
  }
  await arrived;
  const stopped = server.stop();
  later.get(3000)?.();
  await stopped;
});

describe('pipelined requests', { timeout: PATIENCE_MS }, () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`;
  const { max } = FIXED_LIMITS.unansweredRequests;

  test('are handled one after the other, each when the one before it is answered', async () => {
    const held: ServerResponse[] = [];
    const paths: string[] = [];
    await using server = await serverOf((req, res) => {
      paths.push(req.url ?? '');
      held.push(res);
    });
    const socket = server.client();
    socket.write(get('/1') + get('/2') + get('/3'));
    for (let answered = 1; answered <= 3; answered += 1) {
      await eventually('handled', () => held.length === answered);
      held.at(-1)?.end();
      await answerOf(socket);
    }
    assert.deepEqual(paths, ['/1', '/2', '/3']);
  });

  test('that wait are not handled any more when their client has left', async () => {
    let handled = 0;
    const { promise: left, resolve } = Promise.withResolvers<undefined>();
    await using server = await serverOf((_req, res) => {
      handled += 1;
      res.once('close', () => resolve(undefined));
    });
    const socket = server.client();
    socket.write(get('/').repeat(10));
    await eventually('handled', () => handled === 1);
    socket.destroy();
    await left;
    await pause();
    assert.equal(handled, 1);
  });

  test('close their connection when too many are not answered', async () => {
    const held: ServerResponse[] = [];
    await using server = await serverOf((_req, res) => held.push(res));
    const patient = server.client();
    patient.write(get('/').repeat(max));
    for (let answered = 1; answered <= max; answered += 1) {
      await eventually('handled', () => held.length === answered);
      held.at(-1)?.end();
    }
    const one = held.length;
    const hasty = server.client().resume();
    const ended = closed(hasty);
    hasty.write(get('/').repeat(max + 1));
    await ended;
    assert.ok(held.length <= one + 1);
  });

  test('close their connection when too much of their bodies waits; a large one waits with its client', async () => {
    const held: ServerResponse[] = [];
    let bytes = 0;
    await using server = await serverOf((req, res) => {
      held.push(res);
      req.on('data', (chunk: Buffer) => (bytes += chunk.length));
    });
    const greedy = server.client();
    const ended = closed(greedy);
    greedy.write(`${get('/')}POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n`);
    // A chunk counts as 512 bytes at least.
    greedy.write('1\r\nx\r\n'.repeat(FIXED_LIMITS.waitingBodyBytes.max / 512 + 1));
    await ended;
    const patient = server.client();
    patient.write(get('/') + post(3_000_000));
    patient.write(Buffer.alloc(3_000_000));
    await eventually('handled', () => held.length === 2);
    held[1]?.end();
    await eventually('read', () => bytes === 3_000_000);
  });
});

describe('the rest of a body, after its answer', { timeout: PATIENCE_MS }, () => {
  const refusal =
    (limits: { maxBytes?: number }): RequestListener =>
    (req, res) => {
      lingerUntilRead(req, res, { maxBytes: 100_000, withinMs: 31_000, maxPauseMs: 5100, ...limits });
      res.writeHead(401, { 'content-length': 2 }).end('no');
    };

  test('is read and forgotten, and the connection is kept', async () => {
    await using server = await serverOf(refusal({}));
    const socket = server.client();
    for (let turn = 0; turn < 2; turn += 1) {
      socket.write(post(90_000));
      assert.match(await answerOf(socket), /^HTTP\/1\.1 401 .*no$/s);
      socket.write(Buffer.alloc(90_000));
    }
  });

  test('leaves the length that an answer without a body tells', async () => {
    await using server = await serverOf((req, res) => {
      lingerUntilRead(req, res);
      res.setHeader('content-length', 5).end();
    });
    const socket = server.client();
    socket.write(`HEAD / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n`);
    assert.match(await answerOf(socket), /\r\ncontent-length: 5\r\n/i);
  });

  test('is cut off when it has more bytes than it may', async () => {
    await using server = await serverOf(refusal({ maxBytes: 50_000 }));
    const socket = server.client();
    socket.write(post(90_000));
    await answerOf(socket);
    socket.write(Buffer.alloc(80_000));
    await closed(socket);
  });

  test('is cut off when it comes in thousands of chunks of a byte', async () => {
    await using server = await serverOf(refusal({}));
    const socket = server.client();
    socket.write('POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n');
    await answerOf(socket);
    socket.write('1\r\nx\r\n'.repeat(3000));
    await closed(socket);
  });

  for (const [what, ms] of [
    ['takes too long', 31_000],
    ['pauses for too long', 5100],
  ] as const) {
    test(`is cut off when it ${what}`, async () => {
      await using server = await serverOf(refusal({}));
      const socket = server.client();
      socket.write(post(90_000));
      await answerOf(socket);
      later.get(ms)?.();
      await closed(socket);
    });
  }
});
