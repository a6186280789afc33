import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import { apiOfNewAccount } from '#test/support/api.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);
const { host, port } = new URL(server.url);
const key = `Authorization: Bearer ${api.apiKey}\r\n`;

/** Writes `head`, then each of `bodies` once what came so far holds its key; answers all that came until the end. */
async function exchange(head: string, bodies: Record<string, string | Buffer> = {}): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1').setEncoding('latin1');
  socket.write(`${head}\r\n`);
  const waiting = Object.entries(bodies);
  let received = '';
  socket.on('data', (text: string) => {
    received += text;
    const [next] = waiting;
    if (next === undefined || !received.includes(next[0])) return;
    waiting.shift();
    socket.write(next[1]);
  });
  await once(socket, 'close');
  return received;
}

const statusesOf = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

describe('a request target', () => {
  for (const target of [`http://${host}/api/v1/apps?per_page=1`, `HTTP://elsewhere.example/api/v1/apps`]) {
    test(`in absolute form is taken: ${target.replace(host, 'us')}`, async () => {
      const received = await exchange(
        `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${key}Connection: close\r\n`,
      );
      assert.match(received, /^HTTP\/1\.1 200 .*\r\n\r\n\[\]$/s);
    });
  }

  test('OPTIONS * is answered with the methods of the server', async () => {
    const received = await exchange(`OPTIONS * HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n`);
    assert.match(
      received,
      /^HTTP\/1\.1 204 [^]*\r\nallow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n/i,
    );
  });

  for (const line of ['GET *', 'POST *', 'GET ftp://elsewhere.example/', 'GET apps', 'OPTIONS **']) {
    test(`that is no path is refused: ${line}`, async () => {
      const received = await exchange(`${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n`);
      assert.match(received, /^HTTP\/1\.1 400 /);
    });
  }
});

describe('Expect: 100-continue', () => {
  const post = (length: number, authorization: string) =>
    `POST /api/v1/apps HTTP/1.1\r\nHost: ${host}\r\n${authorization}Content-Type: application/json\r\nContent-Length: ${String(length)}\r\nExpect: 100-continue\r\n`;

  test('is answered by the refusal alone, where the body would not be read', async () => {
    for (const [length, authorization, status] of [
      [10, '', 401],
      [2 ** 24, key, 413],
    ] as const) {
      const received = await exchange(post(length, authorization));
      assert.deepEqual(statusesOf(received), [status]);
      assert.match(received, /\r\nConnection: close\r\n/i);
    }
  });

  test('is answered by 100, then by the answer, where it is', async () => {
    const body = '{"name":"Acme"}';
    const received = await exchange(post(body.length, `${key}Connection: close\r\n`), { ' 100 ': body });
    assert.deepEqual(statusesOf(received), [100, 201]);
  });
});

describe('the methods of an address', () => {
  for (const [path, allowed] of [
    ['/apps', 'GET, HEAD, POST'],
    ['/account', 'GET, HEAD'],
    ['/apps/x/publish', 'POST'],
  ] as const) {
    test(`${path}: OPTIONS and 405 tell the same`, async () => {
      const options = await fetch(`${server.url}/api/v1${path}`, { method: 'OPTIONS' });
      assert.deepEqual([options.status, options.headers.get('allow')], [204, allowed]);
      const refused = await api.put(path);
      assert.deepEqual([refused.status, refused.headers.get('allow')], [405, allowed]);
    });
  }

  test('of none: OPTIONS lets the browser go on, to read the 404', async () => {
    const { status, headers } = await fetch(`${server.url}/api/v1/none`, { method: 'OPTIONS' });
    assert.deepEqual([status, headers.get('allow')], [204, null]);
  });
});

describe('a refusal that is given while the body is still arriving', () => {
  /** More than the systems of both sides hold. */
  const body = Buffer.alloc(12 * 1024 * 1024, 'x');
  const announced = [`Content-Length: ${String(body.length)}\r\n\r\n`, body];
  const chunked = [
    `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`,
    body,
    '\r\n0\r\n\r\n',
  ];

  /** All that comes to a client that sends all of `parts` before it reads. */
  async function sentBeforeRead(parts: (string | Buffer)[]): Promise<string> {
    const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    for (const part of parts) {
      if (!socket.write(part)) await once(socket, 'drain');
    }
    return Buffer.concat((await socket.toArray()) as Buffer[]).toString();
  }

  test('is read by a client that sends it all before it reads', async () => {
    const { body: helper } = await api.post('/hook_helpers', {});
    for (const [path, head, status] of [
      [new URL(helper.url).pathname, '', 413],
      ['/api/v1/apps', '', 401],
      ['/api/v1/apps', key, 413],
      ['/api/v1/apps', `${key}Content-Type: text/html\r\n`, 415],
      ['/dashboard', '', 403],
    ] as const) {
      for (const rest of [announced, chunked]) {
        const start = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${head}`;
        const [given] = statusesOf(await sentBeforeRead([start, ...rest]));
        assert.equal(given, status, path);
      }
    }
  });

  test('leaves the connection to the next request', async () => {
    const start = `POST /api/v1/apps HTTP/1.1\r\nHost: ${host}\r\n`;
    const last = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const many = [...announced, start, ...announced, start, ...announced];
    assert.deepEqual(statusesOf(await sentBeforeRead([start, ...many, last])), [401, 401, 401, 200]);
  });
});

test('an import may begin with a byte order mark', async () => {
  const file = '\uFEFF{"type":"header","format":"hostedhooks-export","version":1}\n{"type":"trailer"}\n';
  const { status, body } = await api.post('/import', file, { 'content-type': 'application/x-ndjson' });
  assert.deepEqual([status, body['complete']], [200, true]);
});
