import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { PUBLISHED_CLIENTS, sendExactly } from '#test/support/published-clients.ts';
import { startReceiver, type Receiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

/** What each client, or the program that uses it, reads of an answer. */
const MEMBERS = {
  app: { id: 'string', name: 'string', created_at: 'string' },
  subscription: { id: 'string', subscriber_name: 'string', created_at: 'string', app: 'object' },
  endpoint: {
    id: 'string',
    url: 'string',
    description: 'string',
    version: 'string',
    status: 'string',
    error_rate: 'number',
    created_at: 'string',
    webhook_events: 'object',
    subscription: 'object',
  },
  message: {
    id: 'string',
    data: 'object',
    event_type: 'string',
    version: 'string',
    override_payload: 'boolean',
    created_at: 'string',
  },
  attempt: {
    id: 'string',
    status_code: 'string',
    status_message: 'string',
    payload: 'object',
    response: 'string',
    error_message: 'string',
    app_id: 'string',
    endpoint_id: 'string',
    message_id: 'string',
    created_at: 'string',
  },
  hook_helper: { id: 'string', label: 'string', url: 'string' },
};

for (const client of PUBLISHED_CLIENTS) {
  describe(`the client for ${client.name}`, () => {
    let server: TestServer;
    let receiver: Receiver;
    let api: Api;
    let ids: Record<string, string>;

    before(async () => {
      server = await startTestServer();
      receiver = await startReceiver();
      api = await apiOfNewAccount(server);
      ids = await makeWorld();
    });
    after(async () => {
      await server[Symbol.asyncDispose]();
      await receiver.close();
    });

    for (const [name, asked, reads, body = ''] of client.calls) {
      test(name, async () => {
        const [method = '', path = ''] = withIds(asked).split(' ');
        const answer = await send(method, path, withIds(body));
        assert.equal(answer.status, method === 'POST' ? 201 : 200, answer.text);
        const value = JSON.parse(answer.text) as Record<string, unknown> | unknown[];
        if (reads === 'list') {
          assert.ok(Array.isArray(value) && value.length > 0);
          return;
        }
        const types = Object.entries(MEMBERS[reads]).map(([member]) => [
          member,
          typeof (value as Record<string, unknown>)[member],
        ]);
        assert.deepEqual(Object.fromEntries(types), MEMBERS[reads]);
      });
    }

    test('it reads why a call was refused, by either name', async () => {
      const answer = await send('POST', '/apps', '{}');
      assert.equal(answer.status, 422);
      const { error, message } = JSON.parse(answer.text) as Record<string, unknown>;
      assert.deepEqual([error, message], ['name is required.', 'name is required.']);
    });

    async function makeWorld(): Promise<Record<string, string>> {
      const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
      const message = { event_type: 'user.created', version: '1.0', data: {} };
      await api.post(`/apps/${app.id}/messages`, message);
      let attempt = '';
      await eventually('an attempt', async () => {
        attempt = (await api.get(`/apps/${app.id}/webhook_attempts`)).rows[0]?.id ?? '';
        return attempt !== '';
      });
      const { body: helper } = await api.post('/hook_helpers', { label: 'Inbox' });
      return {
        app: app.id,
        subscription: subscription.id,
        endpoint: endpoint.id,
        attempt,
        helper: helper.id,
      };
    }

    function withIds(text: string): string {
      return text.replaceAll(/:([a-z]+)/g, (place, name: string) => ids[name] ?? place);
    }

    async function send(method: string, path: string, body: string) {
      const headers = client.headers(api.apiKey, body !== '');
      const answer = await sendExactly(`${server.url}/api/v1${path}`, { method, headers, body });
      assert.equal(answer.encoding, 'identity', 'of what some of them could not read');
      return answer;
    }
  });
}
