import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Api, apiOfNewAccount } from '#test/support/api.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

interface Asked {
  key?: string;
  app?: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string;
  method?: string;
}

const MESSAGE = { event_type: 'a.b', version: '1.0', data: { n: 1 } };

describe('a post of a message, past the routers', () => {
  let server: TestServer;
  let api: Api;
  let appId: string;
  let readsOnly: string;
  before(async () => {
    server = await sharedServer('web');
    api = await apiOfNewAccount(server);
    appId = (await api.post('/apps', { name: 'App', uid: 'with.dots-1' })).body.id;
    readsOnly = String(
      (await api.post('/account/api_keys', { name: 'R', scopes: ['read'] })).body['api_key'],
    );
    await api.post(`/apps/${appId}/webhook_events`, { event_type: 'a.b' });
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  /** The answer as far as two requests for the same have the same. */
  async function answerOf(spelling: string, asked: Asked) {
    const { key = api.apiKey, app = appId, query = '', headers = {}, method = 'POST' } = asked;
    const body = asked.body ?? JSON.stringify(MESSAGE);
    const response = await fetch(`${server.url}/api/v1/apps/${app}/${spelling}${query}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      ...(method === 'POST' ? { body } : {}),
    });
    const { date, ratelimit, 'x-request-id': id, ...rest } = Object.fromEntries(response.headers);
    assert.ok(date !== undefined && (id?.length ?? 0) >= 8);
    const text = (await response.text())
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
    return { status: response.status, rest, isRated: ratelimit !== undefined, text };
  }

  const cases: Record<string, () => Asked> = {
    '201': () => ({}),
    '201: by uid': () => ({ app: 'with.dots-1' }),
    '201: with an Idempotency-Key': () => ({ headers: { 'idempotency-key': randomUUID() } }),
    '401: an unknown key': () => ({ key: 'hh_unknown' }),
    '403: a key that reads': () => ({ key: readsOnly }),
    '404: no such app': () => ({ app: randomUUID() }),
    '404: an app that is a walk up': () => ({ app: '...' }),
    '400: no JSON': () => ({ body: '{' }),
    '422: a member that is unknown': () => ({ body: JSON.stringify({ ...MESSAGE, colour: 'red' }) }),
    '422: a parameter that is unknown': () => ({ query: '?colour=red' }),
    '415: a form': () => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    '413: more than it takes': () => ({ body: JSON.stringify({ ...MESSAGE, data: 'x'.repeat(2 ** 21) }) }),
    '204: a preflight': () => ({ method: 'OPTIONS' }),
    '405: a method that it has not': () => ({ method: 'DELETE' }),
  };
  for (const [name, asked] of Object.entries(cases)) {
    it(`is answered as by way of them (${name})`, async () => {
      const passing = await answerOf('messages', asked());
      const routed = await answerOf('messages/', asked());
      assert.equal(passing.status, Number(name.slice(0, 3)), passing.text);
      assert.deepEqual(passing, routed);
    });
  }

  it('has the request id that it was given, in its answer and where it fails', async () => {
    for (const key of [api.apiKey, 'hh_unknown']) {
      const id = randomUUID();
      const response = await fetch(`${server.url}/api/v1/apps/${appId}/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'x-request-id': id },
        body: JSON.stringify(MESSAGE),
      });
      assert.equal(response.headers.get('x-request-id'), id);
    }
  });
});
