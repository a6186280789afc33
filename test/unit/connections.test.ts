import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import { alternate, createDialer } from '#src/infra/outbound/dial.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import { bytes, startRawReceiver } from '#test/support/raw-receiver.ts';
import { testCertificate } from '#test/support/receiver.ts';

const policy = createAddressPolicy({ allowsPrivateNetworks: true, trustedPrefix: undefined });
const poster = createPoster({ policy, timeoutMs: 20_000, ca: testCertificate });
after(() => poster.close());

const request = (url: string) => ({ url, headers: { 'webhook-id': 'm1' }, body: '{"a":1}' });
const answer = (status: number) => `HTTP/1.1 ${String(status)} X\r\nContent-Length: 0\r\n\r\n`;

describe('a connection is used again', () => {
  test('after a success, and not after a failure', async () => {
    const statuses = [200, 201, 503, 404, 200];
    await using receiver = await startRawReceiver(
      ({ socket }) => void socket.write(answer(statuses.shift() ?? 200)),
    );
    for (let sent = 0; sent < 5; sent += 1) await poster.post(request(receiver.url));
    assert.deepEqual(
      receiver.requests.map(({ connection }) => connection),
      [0, 0, 0, 1, 2],
    );
  });

  test('and one that replaces it right after a failure tells how long it took to open', async () => {
    await using receiver = await startRawReceiver(bytes(answer(500)));
    const url = receiver.url.replace('127.0.0.1', 'localhost');
    await poster.post(request(url));
    const { timings } = await poster.post(request(url));
    assert.notEqual(timings.dnsMs, null);
    assert.notEqual(timings.connectMs, null);
  });

  test('after what the caller takes for a success', async () => {
    await using receiver = await startRawReceiver(bytes(answer(202)));
    const only200 = { ...request(receiver.url), isSuccess: (status: number) => status === 200 };
    for (let sent = 0; sent < 2; sent += 1) await poster.post(only200);
    assert.equal(receiver.connectionsOpened(), 2);
  });

  test('with each answer told by its own head, however alike they are', async () => {
    const turns = ['a', 'a', 'b', 'b', 'a'];
    const left = [...turns];
    await using receiver = await startRawReceiver(({ socket }) => {
      // The blank at the end of the length is one of the heads that are mended.
      socket.write(`HTTP/1.1 200 OK\r\nX-Turn: ${left.shift() ?? ''}\r\nContent-Length: 2 \r\n\r\nok`);
    });
    for (const turn of turns) {
      const { statusCode, headers, bodyExcerpt } = await poster.post(request(receiver.url));
      assert.equal(statusCode, 200);
      assert.deepEqual(headers[0], ['X-Turn', turn]);
      assert.equal(bodyExcerpt, 'ok');
    }
    assert.equal(receiver.connectionsOpened(), 1);
  });

  test('until it is old', async () => {
    await using receiver = await startRawReceiver(bytes(answer(200)));
    const forgetful = createPoster({ policy, timeoutMs: 20_000, maxConnectionAgeMs: 0 });
    for (let sent = 0; sent < 3; sent += 1) await forgetful.post(request(receiver.url));
    await forgetful.close();
    assert.equal(receiver.connectionsOpened(), 3);
  });
});

test('a name that moved is found at its new address once the old one fails', async () => {
  let status = 200;
  await using old = await startRawReceiver(({ socket }) => void socket.write(answer(status)), {
    host: '127.0.0.1',
  });
  const addresses = [['127.0.0.1']];
  const moving = createPoster({
    policy,
    timeoutMs: 20_000,
    lookup: () => Promise.resolve(addresses[0] ?? []),
  });
  const url = `http://acme.example:${String(old.port)}/`;
  await moving.post(request(url));

  addresses[0] = ['::1'];
  status = 503;
  const fresh = createServer((socket) => void socket.once('data', () => socket.end(answer(204))));
  await once(fresh.listen(old.port, '::1'), 'listening');
  const statuses = [await moving.post(request(url)), await moving.post(request(url))].map(
    (one) => one.statusCode,
  );
  await moving.close();
  fresh.close();
  assert.deepEqual(statuses, [503, 204]);
});

describe('a kept connection that ends without a byte of an answer', () => {
  for (const [how, end] of [
    ['in good order', (socket: Socket) => socket.end()],
    ['by a reset', (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    test(`${how}: the request is sent once more, at once, on a new one`, async () => {
      await using receiver = await startRawReceiver(({ socket, index }) => {
        if (index === 0) socket.write(answer(200));
        else end(socket);
      });
      await poster.post(request(receiver.url));
      const second = await poster.post({
        ...request(receiver.url),
        repeatHeaders: () => ({ 'x-again': 'true' }),
      });

      assert.deepEqual([second.outcome, second.statusCode, second.wasRepeated], ['status', 200, true]);
      assert.deepEqual(
        receiver.requests.map(({ head, connection }) => [connection, head.includes('x-again')]),
        [
          [0, false],
          [0, false],
          [1, true],
        ],
      );
    });
  }

  test('twice is a failure: it is not sent a third time', async () => {
    await using receiver = await startRawReceiver(({ socket, index, connection }) => {
      if (index === 0 && connection === 0) socket.write(answer(200));
      else socket.end();
    });
    await poster.post(request(receiver.url));
    const { outcome, wasRepeated } = await poster.post(request(receiver.url));
    assert.deepEqual([outcome, wasRepeated, receiver.requests.length], ['reset', true, 3]);
  });
});

describe('a request is not sent once more', () => {
  test('when a new connection ended', async () => {
    await using receiver = await startRawReceiver(({ socket }) => void socket.end());
    const { outcome, wasRepeated } = await poster.post(request(receiver.url));
    assert.deepEqual([outcome, wasRepeated, receiver.requests.length], ['reset', false, 1]);
  });

  test('when a byte of an answer came', async () => {
    await using receiver = await startRawReceiver(({ socket, index }) => {
      if (index === 0) socket.write(answer(200));
      else socket.end('H');
    });
    await poster.post(request(receiver.url));
    const { outcome, wasRepeated } = await poster.post(request(receiver.url));
    assert.deepEqual([outcome, wasRepeated, receiver.requests.length], ['reset', false, 2]);
  });

  test('when the deadline passed', async () => {
    await using receiver = await startRawReceiver(({ socket, index }) => {
      if (index === 0) socket.write(answer(200));
    });
    const hasty = createPoster({ policy, timeoutMs: 300 });
    await hasty.post(request(receiver.url));
    const { outcome, wasRepeated } = await hasty.post(request(receiver.url));
    await hasty.close();
    assert.deepEqual([outcome, wasRepeated, receiver.requests.length], ['timeout', false, 2]);
  });
});

test('the name that TLS asks for has no dot at its end (RFC 6066, section 3)', async () => {
  const names: string[] = [];
  await using receiver = await startRawReceiver(bytes(answer(200)), {
    isTls: true,
    onServerName: (name) => names.push(name),
  });
  const pinned = createPoster({
    policy,
    timeoutMs: 20_000,
    ca: testCertificate,
    lookup: () => Promise.resolve(['127.0.0.1']),
  });
  for (const host of ['localhost', 'localhost.', 'acme.example.']) {
    const { outcome } = await pinned.post(request(`https://${host}:${String(receiver.port)}/`));
    assert.equal(outcome, 'status', host);
  }
  await pinned.close();
  assert.deepEqual(names, ['localhost', 'localhost', 'acme.example']);
});

describe('of several addresses (RFC 8305)', () => {
  test('the families are tried in turn, beginning with what answered before', () => {
    const found = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1', '192.0.2.1'];
    assert.deepEqual(alternate(found), ['2001:db8::1', '192.0.2.1', '192.0.2.2', '192.0.2.3']);
    assert.deepEqual(alternate(found, '192.0.2.2'), ['192.0.2.2', '2001:db8::1', '192.0.2.1', '192.0.2.3']);
    assert.deepEqual(alternate(found, '192.0.2.9'), alternate(found));
  });

  test('all that are silent or refuse are passed over, and what answered is tried first from then on', async () => {
    const server = createServer(() => {});
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const tried: string[] = [];
    const dial = createDialer((options) => {
      tried.push(String(options.host));
      return options.host === '192.0.2.1' ? new Socket() : connect(options);
    });
    const refusing = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5', '127.0.0.6'];
    const addresses = ['192.0.2.1', ...refusing, '127.0.0.1'];
    const target = { name: 'acme.example', addresses, port, deadlineMs: performance.now() + 20_000 };

    const first = await dial(target);
    const second = await dial(target);

    assert.deepEqual(
      [first, second].map(({ remoteAddress }) => remoteAddress),
      ['127.0.0.1', '127.0.0.1'],
    );
    assert.deepEqual(tried, [...addresses, '127.0.0.1']);
    for (const socket of [first, second]) socket.destroy();
    server.close();
  });

  test('none: the error is the last one, or the deadline', async () => {
    const server = createServer(() => {});
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const target = { name: 'acme.example', port };
    const refused = createDialer()({
      ...target,
      addresses: ['127.0.0.1'],
      deadlineMs: performance.now() + 20_000,
    });
    await assert.rejects(refused, { code: 'ECONNREFUSED' });
    const silent = createDialer(() => new Socket());
    const late = silent({ ...target, addresses: ['192.0.2.1', '192.0.2.2'], deadlineMs: performance.now() });
    await assert.rejects(late, /acme\.example did not accept the connection in time/);
  });
});
