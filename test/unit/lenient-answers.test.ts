import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import { ODD_ANSWERS } from '#test/support/odd-answers.ts';
import { bytes, startRawReceiver } from '#test/support/raw-receiver.ts';

const policy = createAddressPolicy({ allowsPrivateNetworks: true, trustedPrefix: undefined });
const poster = createPoster({ policy, timeoutMs: 20_000 });
after(() => poster.close());

const request = (url: string) => ({ url, headers: {}, body: '{"a":1}' });

const PADDING = 'x'.repeat(1000);

describe('a success is a success, with', () => {
  for (const [name, answer] of ODD_ANSWERS) {
    test(name, async () => {
      await using receiver = await startRawReceiver(bytes(answer));
      const first = await poster.post(request(receiver.url));
      assert.deepEqual([first.outcome, first.statusCode, first.bodyExcerpt], ['status', 200, 'ok']);
      assert.equal(receiver.requests.length, 1);
    });

    test(`${name}, byte by byte`, async () => {
      await using receiver = await startRawReceiver(({ socket }) => {
        socket.setNoDelay(true);
        const rest = Array.from(answer);
        const drip = () => {
          const next = rest.shift();
          if (next !== undefined) socket.write(next, 'latin1', drip);
        };
        drip();
      });
      const result = await poster.post(request(receiver.url));
      assert.deepEqual([result.outcome, result.statusCode, result.bodyExcerpt], ['status', 200, 'ok']);
    });
  }

  test('a body above 1 MB, of which no more is read', async () => {
    await using receiver = await startRawReceiver(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const pour = () => {
        while (!socket.destroyed && socket.write(PADDING.repeat(64)));
      };
      socket.on('drain', pour);
      pour();
    });
    const result = await poster.post(request(receiver.url));
    assert.deepEqual([result.outcome, result.statusCode, result.errorMessage], ['status', 200, '']);
    assert.equal(result.bodyExcerpt.length, 16 * 1024);
  });

  test('headers above 16 KB, ended or not, of which no more is read', async () => {
    const head = `HTTP/1.1 200 OK\r\nX-First: 1\r\nX-Long: ${PADDING.repeat(20)}`;
    for (const answer of [`${head}\r\nContent-Length: 0\r\n\r\n`, head]) {
      await using receiver = await startRawReceiver(bytes(answer));
      const result = await poster.post(request(receiver.url));
      assert.deepEqual([result.outcome, result.statusCode], ['status', 200]);
      assert.deepEqual(result.headers[0], ['X-First', '1']);
    }
  });

  test('a body whose chunks are not framed as they should be', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzzz\r\n';
    await using receiver = await startRawReceiver(bytes(answer));
    const result = await poster.post(request(receiver.url));
    assert.deepEqual([result.outcome, result.statusCode, result.bodyExcerpt], ['status', 200, 'ok']);
  });
});

test('a failure stays one, however long its answer', async () => {
  const answer = `HTTP/1.1 500 No\r\nContent-Length: 9000000\r\n\r\n${PADDING.repeat(1100)}`;
  await using receiver = await startRawReceiver(bytes(answer));
  const result = await poster.post(request(receiver.url));
  assert.deepEqual([result.outcome, result.statusCode], ['status', 500]);
});

test('an odd answer does not cost the connection', async () => {
  await using receiver = await startRawReceiver(bytes('HTTP/1.1 200 OK\r\nContent-Length: 2 \r\n\r\nok'));
  for (let sent = 0; sent < 3; sent += 1) await poster.post(request(receiver.url));
  assert.equal(receiver.connectionsOpened(), 1);
});

describe('no answer is', () => {
  const refused: [string, string, number | null, RegExp][] = [
    [
      'status 000',
      'HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n',
      null,
      /answered with status 000, which is not/,
    ],
    [
      'status 099',
      'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n',
      null,
      /answered with status 099, which is not/,
    ],
    [
      'status 101',
      'HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      101,
      /answered 101 \(Switching Protocols\), which was not asked for/,
    ],
    [
      'two lengths that differ',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
      200,
      /a Content-Length that is not one number/,
    ],
    [
      'a length that is none',
      'HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok',
      200,
      /a Content-Length that is not one number/,
    ],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', null, /not valid HTTP/],
    ['another protocol without a line', 'NOPE', null, /not valid HTTP/],
  ];
  for (const [name, answer, statusCode, sentence] of refused) {
    test(name, async () => {
      await using receiver = await startRawReceiver(bytes(answer));
      const result = await poster.post(request(receiver.url));
      assert.deepEqual([result.outcome, result.statusCode], ['invalid_response', statusCode]);
      assert.match(result.errorMessage, sentence);
    });
  }
});

describe('an answer is shown', () => {
  test('with its headers as received, but for folds and the whitespace around values', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nX-Long:  one\r\n two \r\nContent-Length: 0\r\n\r\n';
    await using receiver = await startRawReceiver(bytes(answer));
    assert.deepEqual((await poster.post(request(receiver.url))).headers, [
      ['X-Long', 'one two'],
      ['Content-Length', '0'],
    ]);
  });

  test('with header values in UTF-8, or in ISO 8859-1 if they are not', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Utf8: caf\u00e9 à\r\nX-Latin1: caf';
    await using receiver = await startRawReceiver(bytes(head, new Uint8Array([0xe9]), '\r\n\r\n'));
    const headers = Object.fromEntries((await poster.post(request(receiver.url))).headers);
    assert.deepEqual([headers['X-Utf8'], headers['X-Latin1']], ['café à', 'café']);
  });

  const text = `{"error":"${'é'.repeat(20_000)}"}`;
  const encodings: [string, (plain: string) => Buffer][] = [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ];
  for (const [encoding, compress] of encodings) {
    test(`decoded from ${encoding}, to 16 KB at most`, async () => {
      const body = compress(text);
      const head = `HTTP/1.1 400 No\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
      await using receiver = await startRawReceiver(bytes(head, body));
      const { bodyExcerpt } = await poster.post(request(receiver.url));
      assert.ok(bodyExcerpt.startsWith('{"error":"ééé') && bodyExcerpt.endsWith('é'));
      assert.equal(Buffer.byteLength(bodyExcerpt), 16 * 1024);
    });
  }

  test('decoded as far as it was read, when it is longer than what is kept', async () => {
    const noise = Array.from({ length: 20_000 }, (_, index) => String(index * 7919)).join(' ');
    const body = gzipSync(noise);
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
    await using receiver = await startRawReceiver(bytes(head, body));
    const { bodyExcerpt } = await poster.post(request(receiver.url));
    assert.equal(bodyExcerpt, noise.slice(0, 16 * 1024));
  });

  for (const encoding of ['gzip', 'constructor', '__proto__', 'gzip, br']) {
    test(`as it came when it is not what its Content-Encoding says: ${encoding}`, async () => {
      const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: 5\r\n\r\nplain`;
      await using receiver = await startRawReceiver(bytes(head));
      assert.equal((await poster.post(request(receiver.url))).bodyExcerpt, 'plain');
    });
  }
});

test('informational answers without end are no answer', async () => {
  await using receiver = await startRawReceiver(bytes('HTTP/1.1 100\r\n\r\n'.repeat(5000)));
  const { outcome, errorMessage } = await poster.post(request(receiver.url));
  assert.equal(outcome, 'invalid_response');
  assert.match(errorMessage, /more than 10 informational/);
});

test('304 names no other place: it is a status as any other', async () => {
  await using receiver = await startRawReceiver(bytes('HTTP/1.1 304 Not Modified\r\n\r\n'));
  const result = await poster.post(request(receiver.url));
  assert.deepEqual([result.outcome, result.statusCode, result.errorMessage], ['status', 304, '']);
});
