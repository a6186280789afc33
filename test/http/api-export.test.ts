import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import { sendExport } from '#src/surfaces/http/send-export.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { addPast } from '../support/old-log.ts';
import { eventually } from '../support/eventually.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp, type SubscribedApp } from '../support/subscribed-app.ts';
import { signedInVisitor, visitorOf } from '#test/support/pages.ts';

interface Line {
  type: string;
  id?: string;
  [member: string]: unknown;
}

describe('the export', () => {
  let server: TestServer;
  let own: SubscribedApp;
  let foreign: SubscribedApp;

  before(async () => {
    server = await sharedServer('web');
    own = await createSubscribedApp(server, { url: 'https://acme.example/hook' });
    foreign = await createSubscribedApp(server, { url: 'https://globex.example/hook' });
    await server.container.hookHelpers.create(own.app.accountId, { label: 'Inbox' });
    const { pool } = server.container;
    for (const subscribed of [own, foreign]) {
      // More than one batch of each.
      await addPast(pool, subscribed, { daysAgo: 2, count: 1100 });
      await addPast(pool, subscribed, { daysAgo: 1, state: 'failed' });
      await addPast(pool, subscribed, { daysAgo: 0.5, state: 'pending' });
    }
  });
  after(() => server[Symbol.asyncDispose]());

  it('has everything of the account once, and nothing of another', async () => {
    const { lines, response } = await download();
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson; charset=utf-8');
    assert.match(
      response.headers.get('content-disposition') ?? '',
      /^attachment; filename="hostedhooks-[\d-]+\.ndjson"$/,
    );
    const [header, ...rest] = lines;
    const trailer = rest.pop();
    assert.deepEqual([header?.type, header?.['account_id']], ['header', own.app.accountId]);
    const counts = countsOf(rest);
    assert.deepEqual(counts, {
      account: 1,
      app: 1,
      webhook_event: 1,
      subscription: 1,
      endpoint: 1,
      hook_helper: 1,
      message: 1102,
      delivery: 1102,
      attempt: 1101,
    });
    assert.deepEqual([trailer?.type, trailer?.['counts']], ['trailer', counts]);
    const ids = rest.flatMap(({ id }) => (id === undefined ? [] : [id]));
    assert.equal(new Set(ids).size, ids.length);
    const text = JSON.stringify(lines);
    for (const { id } of [foreign.app, foreign.endpoint, foreign.subscription]) assert.ok(!text.includes(id));
  });

  it('says how each delivery fares, as the API does', async () => {
    const { lines } = await download('include=message,delivery');
    const deliveries = lines.filter(({ type }) => type === 'delivery');
    const states = countsOf(deliveries.map(({ state }) => ({ type: String(state) })));
    assert.deepEqual(states, { delivered: 1100, failed: 1, pending: 1 });
    for (const { type, ...delivery } of deliveries.slice(-3)) {
      const message = String(delivery['message_id']);
      const answer = await get(`apps/${own.app.id}/messages/${message}/deliveries`);
      assert.deepEqual(await answer.json(), [delivery], type);
    }
  });

  it('writes things as the API does, and attempts without what is the message’s', async () => {
    const { lines } = await download();
    for (const [kind, path] of [
      ['app', 'apps'],
      ['endpoint', `apps/${own.app.id}/endpoints`],
      ['message', `apps/${own.app.id}/messages`],
    ] as const) {
      const [first] = (await (await get(path)).json()) as Line[];
      const { type, ...line } = lines.find(({ type: of, id }) => of === kind && id === first?.id) ?? {
        type: '',
      };
      assert.deepEqual(line, first, type);
    }
    const [attempt] = (await (await get(`apps/${own.app.id}/webhook_attempts`)).json()) as Line[];
    const { payload, payload_base64: _base64, event_id, request_headers, ...rest } = attempt!;
    const { type, ...line } = lines.find(({ id }) => id === attempt?.id) ?? { type: '' };
    assert.deepEqual(line, rest, type);
    assert.notEqual(payload ?? event_id ?? request_headers, undefined);
  });

  it('keeps payloads byte for byte, also those with line breaks', async () => {
    const app = await createSubscribedApp(server, { url: 'https://acme.example/hook' });
    const texts = ['{"n": 1.0,  "s":"ü\\n"}', '{\n  "a": [1,\r\n2]\n}'];
    for (const dataText of texts) await app.post({ dataText });
    const { text, lines } = await download('include=message', app);
    assert.ok(text.includes(`"data":${texts[0] ?? ''},`));
    const messages = lines.filter(({ type }) => type === 'message');
    assert.deepEqual(
      messages.map(({ data_text: data }) => data),
      [undefined, texts[1]],
    );
    assert.deepEqual(messages[1]?.['data'], { a: [1, 2] });
  });

  it('has signing secrets only when they are asked for', async () => {
    const secret = server.container.endpoints.revealSecret(own.endpoint);
    assert.ok(!(await download()).text.includes(secret));
    const { lines } = await download('secrets=true&include=endpoint');
    assert.equal(lines.find(({ type }) => type === 'endpoint')?.['secret'], secret);
  });

  it('is cut by type and time', async () => {
    const since = new Date(Date.now() - 1.5 * 86_400_000).toISOString();
    const until = new Date(Date.now() - 0.7 * 86_400_000).toISOString();
    const { lines } = await download(`include=message,attempt&since=${since}&until=${until}`);
    assert.deepEqual(countsOf(lines), { header: 1, message: 1, attempt: 1, trailer: 1 });
    const answer = await get('export?include=nonsense');
    assert.equal(answer.status, 422);
  });

  it('is compressed for who accepts that', async () => {
    const { length, body } = await raw('gzip');
    const lines = linesOf(gunzipSync(body).toString());
    assert.equal(lines.at(-1)?.type, 'trailer');
    const plain = await raw('identity');
    assert.equal(linesOf(plain.body.toString()).length, lines.length);
    assert.ok(length < plain.length / 2);
  });

  it('needs a key, and answers nothing but GET', async () => {
    assert.equal((await fetch(`${server.url}/api/v1/export`)).status, 401);
    assert.equal((await get('export', { method: 'POST' })).status, 405);
    const head = await get('export', { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
  });

  it('runs once for an account; who reads slowly holds up nobody else, and who goes away gives the place back', async () => {
    const larges = [await largeAccount(), await largeAccount(), await largeAccount()] as const;
    const slow = await Promise.all(larges.map(beginAndRead));
    const again = await get('export', { apiKey: larges[0].apiKey });
    assert.deepEqual([again.status, again.headers.get('retry-after')], [429, '60']);
    const others = await get('export', { apiKey: own.apiKey });
    assert.equal(linesOf(await others.text()).at(-1)?.type, 'trailer');
    for (const download of slow) download.destroy();
    await eventually('places free again', async () => {
      const answer = await get('export?include=app', { apiKey: larges[0].apiKey });
      await answer.text();
      return answer.status === 200;
    });
  });

  it('of a reader that takes nothing any more ends, and its place is another’s', async () => {
    const { accountId } = (await largeAccount()).app;
    const options = { include: ['message'] as const, withSecrets: false };
    const impatient = createServer(
      express().use((req, res) =>
        sendExport(server.container, { req, res, accountId, stalledMs: 200 }, options),
      ),
    );
    await once(impatient.listen(0), 'listening');
    const { port } = impatient.address() as AddressInfo;
    const asked = request({ port }).end();
    asked.on('error', () => undefined);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    try {
      await eventually('its place free', () => isFree(accountId), 10_000);
    } finally {
      asked.destroy();
      impatient.close();
    }
  });

  it('gives back its own place only, however late', async () => {
    const { exports } = server.container;
    const options = { include: ['app'], withSecrets: false } as const;
    const first = exports.start(own.app.accountId, options);
    first.end();
    const second = exports.start(own.app.accountId, options);
    first.end();
    assert.throws(() => exports.start(own.app.accountId, options), /is running/);
    second.end();
    exports.start(own.app.accountId, options).end();
  });

  it('ends without its last line, and with a broken connection, when it fails in the middle', async () => {
    const broken = await createSubscribedApp(server, { url: 'https://acme.example/hook' });
    const { pool } = server.container;
    await pool.query(`update endpoints set secret_encrypted = '' where id = $1`, [broken.endpoint.id]);
    const answer = await get('export?secrets=true', { apiKey: broken.apiKey });
    assert.equal(answer.status, 200);
    await assert.rejects(answer.text());
    assert.equal((await get('export', { apiKey: broken.apiKey })).status, 200, 'its place is free again');
  });

  it('is linked from the settings, for who is signed in', async () => {
    const visitor = await signedInVisitor(server);
    const page = await visitor.get('/settings/account');
    const [, path = ''] = /href="(\/settings\/export[^"]*)" download/.exec(page.text) ?? [];
    const answer = await visitor.get(path.replaceAll('&amp;', '&'));
    assert.equal(answer.status, 200);
    assert.equal(linesOf(answer.text)[0]?.['account_id'], visitor.accountId);
    assert.equal((await visitorOf(server.url).get('/settings/export')).status, 302);
  });

  function isFree(accountId: string): boolean {
    try {
      server.container.exports.start(accountId, { include: ['app'], withSecrets: false }).end();
      return true;
    } catch {
      return false;
    }
  }

  interface Asked {
    apiKey?: string;
    method?: string;
  }

  function get(path: string, { apiKey = own.apiKey, method = 'GET' }: Asked = {}): Promise<Response> {
    return fetch(`${server.url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${apiKey}` } });
  }

  async function download(query = '', { apiKey } = own) {
    const response = await get(`export?${query}`, { apiKey });
    assert.equal(response.status, 200);
    const text = await response.text();
    return { response, text, lines: linesOf(text) };
  }

  async function raw(encoding: string): Promise<{ length: number; body: Buffer }> {
    const headers = { authorization: `Bearer ${own.apiKey}`, 'accept-encoding': encoding };
    const chunks: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      request(`${server.url}/api/v1/export`, { headers }, (response) => {
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', resolve);
      })
        .on('error', reject)
        .end();
    });
    const body = Buffer.concat(chunks);
    return { length: body.length, body };
  }

  /** More than all buffers between us and a reader that does not read. */
  async function largeAccount(): Promise<SubscribedApp> {
    const subscribed = await createSubscribedApp(server, { url: 'https://acme.example/hook' });
    await addPast(server.container.pool, subscribed, { daysAgo: 1, count: 40 });
    await server.container.pool.query(
      `update messages set data = to_json(repeat(md5($2), 31250))::text where account_id = $1`,
      [subscribed.app.accountId, uuidv7(0)],
    );
    return subscribed;
  }

  /** An export that is begun, and not read on. */
  async function beginAndRead({ apiKey }: SubscribedApp) {
    const asked = request(`${server.url}/api/v1/export`, { headers: { authorization: `Bearer ${apiKey}` } });
    asked.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      asked.once('response', (response) => {
        response.on('error', () => undefined);
        resolve();
      });
      asked.end();
    });
    return asked;
  }
});

function linesOf(text: string): Line[] {
  assert.ok(text.endsWith('\n'));
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

function countsOf(lines: { type: string }[]): Record<string, number> {
  const groups = Map.groupBy(lines, ({ type }) => type);
  return Object.fromEntries([...groups].map(([type, group]) => [type, group.length]));
}
