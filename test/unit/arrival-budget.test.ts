import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import express, { type RequestHandler } from 'express';
import { type AppError, BadRequest, TooLarge } from '#src/infra/lib/errors.ts';
import { lingerUntilRead } from '#src/surfaces/http/linger.ts';
import { ArrivalBudget, isStreamed } from '#src/surfaces/http/arrival-budget.ts';
import { readBody } from '#src/surfaces/http/read-body.ts';

const MEGABYTE = 1024 * 1024;
const OWN_MEGABYTES = FIXED_LIMITS.bytesUnderWay.max / MEGABYTE;

test('the bytes of an account that have arrived and are not answered are bounded; another account is answered', async () => {
  await using server = await serve();
  const unfinished = await server.sendUnfinished('greedy', (OWN_MEGABYTES - 1) * MEGABYTE);
  assert.equal((await server.post('greedy', 2 * MEGABYTE)).status, 429);
  assert.equal((await server.post('other', 2 * MEGABYTE)).status, 200);
  unfinished.destroy();
  await server.closed();
  assert.equal((await server.post('greedy', 2 * MEGABYTE)).status, 200);
});

test('those of a body without a key are bounded more narrowly, and leave room for those with one', async () => {
  await using server = await serve();
  await server.sendUnfinished('', FIXED_LIMITS.keylessBytesUnderWay.max - MEGABYTE);
  const refused = await server.post('', 2 * MEGABYTE);
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '2']);
  assert.equal((await server.post('other', 2 * MEGABYTE)).status, 200);
});

test('bodies without a key, from several addresses, keep out no body whose key is being looked up', async () => {
  await using server = await serve();
  for (const [address, bytes] of [
    ['192.0.2.1', 15 * MEGABYTE],
    ['192.0.2.2', 15 * MEGABYTE],
    ['192.0.2.3', 2 * MEGABYTE - 20_000],
  ] as const) {
    await server.sendUnfinished('', bytes, address);
  }
  assert.match(await server.sendAtOnce('/?account=', 40_000), /^HTTP\/1.1 429 /);
  assert.match(await server.sendAtOnce('/api/v1/?account=late', 40_000), /^HTTP\/1.1 200 /);
});

test('bodies without a key keep out no body from their address whose key is being looked up', async () => {
  await using server = await serve();
  // Of `sendAtOnce`.
  await server.sendUnfinished('', FIXED_LIMITS.keylessBytesUnderWay.max - 20_000, '192.0.2.9');
  assert.match(await server.sendAtOnce('/?account=', 40_000), /^HTTP\/1.1 429 /);
  assert.match(await server.sendAtOnce('/api/v1/?account=late', 40_000), /^HTTP\/1.1 200 /);
});

test('many small chunks count as what they occupy', async () => {
  await using server = await serve();
  await server.sendUnfinished('', FIXED_LIMITS.keylessBytesUnderWay.max - 100_000);
  const socket = connect(server.port).on('error', () => undefined);
  socket.write('POST /?account= HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n');
  socket.write('1\r\nx\r\n'.repeat(250));
  assert.match(await text(socket), /^HTTP\/1.1 429 /);
});

for (const [account, what] of [
  ['', 'of strangers'],
  ['own', 'of an account'],
  ['stream', 'that is read as it arrives'],
] as const) {
  test(`a body ${what} that comes in thousands of chunks of a byte is refused`, async () => {
    await using server = await serve();
    const socket = connect(server.port).on('error', () => undefined);
    socket.write(`POST /?account=${account} HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n`);
    socket.write('1\r\nx\r\n'.repeat(3000));
    assert.match(await text(socket), /^HTTP\/1.1 400 .*"tiny_chunks"/s);
    assert.ok(server.handedOn() <= 2001, `the parser handed on ${String(server.handedOn())} chunks`);
    // Its parser serves the next connection.
    const next = await server.post('whole', 3);
    assert.equal(await next.text(), createHash('sha256').update(Buffer.alloc(3)).digest('hex'));
  });
}

test('a connection with chunks of a byte is left unread, also by who begins to read its body later', async () => {
  await using server = await serve();
  const socket = server.socket();
  socket.write('POST /?account=late HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n');
  socket.write('1\r\nx\r\n'.repeat(3000));
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 400 .*"tiny_chunks"/s);
  assert.equal(await server.wasPaused(), true);
});

test('a body that is read as it arrives, and forgotten, is not counted', async () => {
  await using server = await serve();
  assert.equal((await server.post('stream', 40 * MEGABYTE)).status, 200);
});

test('a body that its account has no room for is refused by its head, before it comes', async () => {
  await using server = await serve();
  server.socket().write(headOf('whole', (OWN_MEGABYTES - 1) * MEGABYTE));
  await server.reading();
  const refused = server.socket();
  refused.write(headOf('whole', 2 * MEGABYTE));
  assert.match(String((await once(refused, 'data'))[0]), /^HTTP\/1.1 429 /);
  assert.equal((await server.post('other', 2 * MEGABYTE)).status, 200);
});

test('a body whose client leaves before it is read keeps no room', async () => {
  await using server = await serve();
  const left = server.socket();
  left.write(headOf('whole&leaves=1', (OWN_MEGABYTES - 1) * MEGABYTE));
  await server.charging();
  left.destroy();
  assert.equal(await server.refused(), 'Cut off.');
  assert.equal((await server.post('whole', 2 * MEGABYTE)).status, 200);
});

for (const isAnnounced of [true, false]) {
  test(`a body ${isAnnounced ? 'with' : 'without'} a length is read whole, and its chunks are freed`, async () => {
    await using server = await serve();
    const body = randomBytes(MEGABYTE);
    const answer = await server.send('whole', isAnnounced ? body : new Blob([body]).stream());
    assert.equal(await answer.text(), createHash('sha256').update(body).digest('hex'));
    assert.deepEqual(
      server.chunks.filter(({ length }) => length >= 4096),
      [],
    );
    assert.ok(server.chunks.length > 1);
  });
}

const headOf = (account: string, bytes: number) =>
  `POST /?account=${account} HTTP/1.1\r\nhost: here\r\ncontent-length: ${String(bytes)}\r\n\r\n`;

const tooLarge = () => new TooLarge('Too large.');
const cutOff = () => new BadRequest('Cut off.');

/** A server that answers when a body has arrived; its account stands in the query. `whole`: by `readBody`. */
async function serve() {
  const budget = new ArrivalBudget();
  const sockets: Socket[] = [];
  const closed = Promise.withResolvers<null>();
  const reading = Promise.withResolvers<null>();
  const refused = Promise.withResolvers<string>();
  const charging = Promise.withResolvers<null>();
  const chunks: Buffer[] = [];
  let waiting: (() => void) | undefined;
  let handedOn = 0;
  const pausedAfterRead = Promise.withResolvers<boolean>();
  const answer: RequestHandler = async (req, res) => {
    const query = new URL(req.url, 'http://here').searchParams;
    const account = query.get('account') ?? '';
    if (account === 'stream') isStreamed(req);
    if (account === 'late') {
      lingerUntilRead(req, res);
      await new Promise((resolve) => setTimeout(resolve, 0));
      req.once('data', () =>
        setImmediate(() => {
          pausedAfterRead.resolve(req.socket.isPaused());
        }),
      );
    }
    if (account !== '') budget.chargeTo(req, account);
    if (account === 'whole') {
      if (query.has('leaves')) {
        const left = once(res, 'close');
        charging.resolve(null);
        await left;
      }
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      const read = readBody(req, { maxBytes: 100 * MEGABYTE, tooLarge, cutOff });
      reading.resolve(null);
      await read.then(
        (body) => res.end(createHash('sha256').update(body).digest('hex')),
        (error: unknown) => {
          const { message, status } = error as AppError;
          res.status(status).end();
          refused.resolve(message);
        },
      );
      return;
    }
    res.once('close', () => {
      if (!res.writableFinished) closed.resolve(null);
    });
    let bytes = 0;
    try {
      for await (const chunk of req as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes >= Number(query.get('tell') ?? Infinity)) waiting?.();
      }
      res.end();
    } catch {
      // The request was refused or given up.
    }
  };
  const app = express()
    .set('trust proxy', true)
    .use((req, res, next) => {
      budget.count(req, res, req.ip ?? '');
      const push = req.push.bind(req);
      req.push = (chunk: Buffer | null, encoding) => {
        if (chunk !== null) handedOn += 1;
        return push(chunk, encoding);
      };
      next();
    }, answer);
  const server = app.listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const send = (account: string, body: NonNullable<RequestInit['body']>) =>
    fetch(`http://localhost:${String(port)}/?account=${account}`, { method: 'POST', body, duplex: 'half' });
  const socket = () => {
    const opened = connect(port).on('error', () => undefined);
    sockets.push(opened);
    return opened;
  };
  return {
    port,
    closed: () => closed.promise,
    /** How many chunks Node's parser has handed to requests. */
    handedOn: () => handedOn,
    /** Whether a connection was paused after the body of its `late` request was read. */
    wasPaused: () => pausedAfterRead.promise,
    /** Once a request of a client that is to leave is its account's. */
    charging: () => charging.promise,
    /** Once a body is read by `readBody`. */
    reading: () => reading.promise,
    /** What the first body that `readBody` did not read was told. */
    refused: () => refused.promise,
    /** What arrived of bodies that are read by `readBody`. */
    chunks,
    send,
    post: (account: string, bytes: number) => send(account, Buffer.alloc(bytes)),
    socket,
    /** Head and body in one chunk, with a key and from an address of its own; the answer, as text. */
    sendAtOnce(path: string, bytes: number): Promise<string> {
      const head = `POST ${path} HTTP/1.1\r\nhost: here\r\nx-forwarded-for: 192.0.2.9\r\nauthorization: Bearer x\r\n`;
      const socket = connect(port).on('error', () => undefined);
      socket.write(
        `${head}connection: close\r\ncontent-length: ${String(bytes)}\r\n\r\n${'x'.repeat(bytes)}`,
      );
      return text(socket);
    },
    async sendUnfinished(account: string, bytes: number, address?: string): Promise<Socket> {
      const arrived = new Promise<void>((resolve) => (waiting = resolve));
      const sender = socket();
      const length = String(bytes + 1);
      const from = address === undefined ? '' : `x-forwarded-for: ${address}\r\n`;
      sender.write(
        `POST /?account=${account}&tell=${String(bytes)} HTTP/1.1\r\nhost: here\r\n${from}content-length: ${length}\r\n\r\n`,
      );
      sender.write(Buffer.alloc(bytes));
      await arrived;
      return sender;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      const ended = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await ended;
    },
  };
}
