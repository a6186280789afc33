import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import type { Outcome } from '#src/infra/outbound/outcome.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import * as receivers from '#test/support/behaviours.ts';
import type { Behaviour } from '#test/support/behaviours.ts';
import { startReceiver, testCertificate } from '#test/support/receiver.ts';

const policy = createAddressPolicy({ allowsPrivateNetworks: true, trustedPrefix: 'http://localhost:1/r/' });
const poster = createPoster({ policy, timeoutMs: 10_000, ca: testCertificate });
const hasty = createPoster({ policy, timeoutMs: 300, ca: testCertificate });
after(() => Promise.all([poster.close(), hasty.close()]));

const request = (url: string, body = '{"a":1}') => ({
  url,
  headers: { 'content-type': 'application/json' },
  body,
});

describe('a request', () => {
  test('arrives with its path, its headers as spelled and its exact body', async () => {
    await using receiver = await startReceiver();
    await poster.post({
      url: `${receiver.url}/hooks/%C3%A9?a=1&b=%20#fragment`,
      headers: { HTTP_HOSTEDHOOKS_SIGNATURE: 't=1,s=2', 'webhook-id': 'm1' },
      body: '{"data":{"é": 1.0}}',
    });

    const arrived = await receiver.nextRequest();
    assert.equal(arrived.method, 'POST');
    assert.equal(arrived.path, '/hooks/%C3%A9?a=1&b=%20');
    assert.equal(arrived.body.toString(), '{"data":{"é": 1.0}}');
    assert.equal(arrived.headers.host, `127.0.0.1:${String(receiver.port)}`);
    assert.ok(arrived.rawHeaders.includes('HTTP_HOSTEDHOOKS_SIGNATURE'));
  });

  test('finds the connection of the one before it', async () => {
    await using receiver = await startReceiver();
    for (let sent = 0; sent < 10; sent += 1) await poster.post(request(receiver.url));
    assert.equal(receiver.connectionsOpened(), 1);
  });

  test('that opens a connection tells how long each phase took; one that finds it open does not', async () => {
    await using receiver = await startReceiver(receivers.answer(200), { isTls: true });
    const first = await poster.post(request(receiver.url));
    const second = await poster.post(request(receiver.url));

    const { dnsMs, connectMs, tlsMs, firstByteMs } = first.timings;
    for (const phase of [dnsMs, connectMs, tlsMs]) assert.ok(phase !== null && phase >= 0);
    assert.ok(firstByteMs !== null && firstByteMs <= first.durationMs);
    assert.deepEqual(
      { ...second.timings, firstByteMs: 0 },
      { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 0 },
    );
  });
});

describe('an answer', () => {
  for (const status of [200, 201, 204, 400, 404, 410, 429, 500, 503]) {
    test(`${String(status)} is a status, for others to judge`, async () => {
      await using receiver = await startReceiver(receivers.answer(status));
      const result = await poster.post(request(receiver.url));
      assert.deepEqual([result.outcome, result.statusCode, result.errorMessage], ['status', status, '']);
      assert.equal(result.mayBeTaken, false);
    });
  }

  test('keeps its headers in order, as spelled and repeated', async () => {
    const bytes =
      'HTTP/1.1 200 OK\r\nX-One: 1\r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n';
    await using receiver = await startReceiver(receivers.rawBytes(bytes));
    assert.deepEqual((await poster.post(request(receiver.url))).headers, [
      ['X-One', '1'],
      ['set-cookie', 'a'],
      ['Set-Cookie', 'b'],
      ['Content-Length', '0'],
    ]);
  });

  test('after informational ones is the one that counts', async () => {
    const bytes = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    await using receiver = await startReceiver(receivers.rawBytes(bytes));
    const result = await poster.post(request(receiver.url));
    assert.deepEqual([result.statusCode, result.bodyExcerpt], [200, 'ok']);
  });

  test('keeps the first 16 KB of its body and is read to its end', async () => {
    await using receiver = await startReceiver(receivers.answer(200, { body: 'é'.repeat(300_000) }));
    const result = await poster.post(request(receiver.url));
    assert.equal(result.outcome, 'status');
    assert.equal(result.bodyExcerpt, 'é'.repeat(8192));

    await poster.post(request(receiver.url));
    assert.equal(receiver.connectionsOpened(), 1);
  });

  test('is cut between characters', async () => {
    await using receiver = await startReceiver(receivers.answer(200, { body: `x${'é'.repeat(10_000)}` }));
    assert.equal((await poster.post(request(receiver.url))).bodyExcerpt, `x${'é'.repeat(8191)}`);
  });

  test('that PostgreSQL would not store is made storable', async () => {
    const body = Buffer.from([0x61, 0x00, 0x62, 0xff, 0xc3]);
    await using receiver = await startReceiver(receivers.answer(200, { body }));
    assert.equal((await poster.post(request(receiver.url))).bodyExcerpt, 'a\ufffdb\ufffd\ufffd');
  });
});

describe('each way to fail has its outcome and a sentence', () => {
  const failures: [string, Behaviour, Outcome, number | null, RegExp][] = [
    ['a reset', receivers.reset, 'reset', null, /127\.0\.0\.1 reset the connection/],
    [
      'an end without an answer',
      receivers.closeWithoutAnswer,
      'reset',
      null,
      /before it had answered completely/,
    ],
    ['an end within the body', receivers.closeInTheBody, 'reset', 200, /before it had answered completely/],
    ['garbage', receivers.rawBytes('SSH-2.0-OpenSSH\r\n'), 'invalid_response', null, /not valid HTTP/],
    [
      'a redirect',
      receivers.redirectTo('https://elsewhere.example/', 308),
      'redirected',
      308,
      /redirect \(308\)/,
    ],
  ];
  for (const [name, behaviour, outcome, statusCode, sentence] of failures) {
    test(`${name}: ${outcome}`, async () => {
      await using receiver = await startReceiver(behaviour);
      const result = await poster.post(request(receiver.url));
      assert.equal(result.outcome, outcome);
      assert.equal(result.statusCode, statusCode);
      assert.match(result.errorMessage, sentence);
      assert.equal(receiver.requests.length, 1, 'never sent twice');
      assert.equal(result.mayBeTaken, outcome !== 'redirected');
    });
  }

  const slow: [string, Behaviour, RegExp, number | null][] = [
    ['silence', receivers.hang, /did not answer within 0.3 s/, null],
    ['headers that drip', receivers.dripHeaders(5), /did not answer within 0.3 s/, null],
    ['a body that drips', receivers.dripBody(5), /did not finish its answer within 0.3 s/, 200],
  ];
  for (const [name, behaviour, sentence, statusCode] of slow) {
    test(`${name}: timeout`, async () => {
      await using receiver = await startReceiver(behaviour);
      const result = await hasty.post(request(receiver.url));
      assert.deepEqual([result.outcome, result.statusCode], ['timeout', statusCode]);
      assert.ok(result.mayBeTaken);
      assert.match(result.errorMessage, sentence);
    });
  }

  test('nobody listens: refused', async () => {
    const receiver = await startReceiver();
    await receiver.close();
    const result = await poster.post(request(receiver.url));
    assert.deepEqual([result.outcome, result.errorMessage], ['refused', '127.0.0.1 refused the connection']);
    assert.equal(result.mayBeTaken, false);
  });

  test('a name that does not exist: dns', async () => {
    const result = await poster.post(request('https://nowhere.invalid/'));
    assert.equal(result.outcome, 'dns');
    assert.match(result.errorMessage, /nowhere\.invalid/);
  });

  test('a certificate that is not trusted: tls', async () => {
    await using receiver = await startReceiver(receivers.answer(200), { isTls: true });
    const distrustful = createPoster({ policy, timeoutMs: 10_000 });
    const result = await distrustful.post(request(receiver.url));
    await distrustful.close();
    assert.deepEqual(
      [result.outcome, result.errorMessage],
      ['tls', 'the certificate of localhost is self-signed'],
    );
    assert.equal(receiver.requests.length, 0);
    assert.equal(result.mayBeTaken, false);
  });

  test('https to a port that speaks http: tls', async () => {
    await using receiver = await startReceiver();
    assert.equal((await poster.post(request(receiver.url.replace('http:', 'https:')))).outcome, 'tls');
  });

  test('a location header is kept for the person who reads the log', async () => {
    await using receiver = await startReceiver(receivers.redirectTo('https://elsewhere.example/'));
    const { headers } = await poster.post(request(receiver.url));
    assert.deepEqual(headers[0], ['location', 'https://elsewhere.example/']);
  });

  test('a URL or header that cannot be sent is an outcome, too', async () => {
    assert.equal((await poster.post(request('nonsense'))).outcome, 'connection');
    const impossible = await poster.post({ url: 'http://127.0.0.1:1/', headers: { 'a b': 'x' }, body: '' });
    assert.match(impossible.errorMessage, /could not be built/);
  });
});

describe('the deadline also ends', () => {
  test('a look-up without an answer; the request is not sent when the answer comes at last', async () => {
    await using receiver = await startReceiver();
    const { promise: answer, resolve: answerLookup } = Promise.withResolvers<string[]>();
    const waiting = createPoster({ policy, timeoutMs: 300, lookup: () => answer });
    const url = `http://acme.example:${String(receiver.port)}/`;

    const first = await waiting.post(request(url, 'first'));
    assert.deepEqual(
      [first.outcome, first.errorMessage],
      ['timeout', 'acme.example could not be connected to within 0.3 s'],
    );
    assert.equal(first.mayBeTaken, false);

    answerLookup(['127.0.0.1']);
    const second = await waiting.post(request(url, 'second'));
    await waiting.close();
    assert.equal(second.outcome, 'status');
    assert.deepEqual(
      receiver.requests.map(({ body }) => body.toString()),
      ['second'],
    );
  });

  test('a TLS handshake without an answer', async () => {
    const mute = createServer((socket) => void socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;

    const result = await hasty.post(request(`https://127.0.0.1:${String(port)}/`));
    assert.deepEqual([result.outcome, result.mayBeTaken], ['timeout', false]);
    mute.close();
  });

  test('the wait for a free connection', async () => {
    await using receiver = await startReceiver(receivers.hang);
    const narrow = createPoster({ policy, timeoutMs: 300, socketsPerPool: 1 });
    const results = await Promise.all([1, 2, 3].map(() => narrow.post(request(receiver.url))));
    await narrow.close();
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['timeout', 'timeout', 'timeout'],
    );
  });

  test('but nobody waits for the connections of another owner at the same origin', async () => {
    await using receiver = await startReceiver(({ request: { path }, response }) => {
      if (path === '/ok') response.end();
    });
    const narrow = createPoster({ policy, timeoutMs: 2000, socketsPerPool: 1 });
    const hanging = narrow.post({ ...request(`${receiver.url}/hang`), owner: 'one' });
    await receiver.nextRequest();
    const { outcome } = await narrow.post({ ...request(`${receiver.url}/ok`), owner: 'two' });
    assert.equal(outcome, 'status');
    await hanging;
    await narrow.close();
  });
});

describe('closing', () => {
  test('lets what is under way end', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    await using receiver = await startReceiver(
      ({ response }) => void released.then(() => response.end('done')),
    );
    const closing = createPoster({ policy, timeoutMs: 10_000 });
    const result = closing.post(request(receiver.url));
    await receiver.nextRequest();
    const closed = closing.close();
    release(undefined);
    assert.equal((await result).bodyExcerpt, 'done');
    await closed;
  });

  test('makes later requests fail with an outcome', async () => {
    const closed = createPoster({ policy, timeoutMs: 10_000 });
    await closed.close();
    assert.match((await closed.post(request('http://127.0.0.1:1/'))).errorMessage, /shutting down/);
  });
});
