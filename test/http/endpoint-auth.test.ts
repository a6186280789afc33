import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { SIGNATURE_PRESETS } from '#src/domain/outbound-rules/auth-presets.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { configuredEndpoint } from '#test/support/configured-endpoint.ts';
import type { ReceivedRequest } from '#test/support/received-request.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const SECRET = 'a-secret-that-is-long-9876';

type Expect = (request: ReceivedRequest) => [got: unknown, wanted: unknown];

describe('a receiver gets what it checks by:', () => {
  const cases: [title: string, auth: object, expect: Expect][] = [
    [
      'Basic',
      { type: 'basic', username: 'ädä', password: 'p:w' },
      ({ headers }) => [headers.authorization, `Basic ${Buffer.from('ädä:p:w').toString('base64')}`],
    ],
    [
      'a bearer token',
      { type: 'bearer', token: SECRET },
      ({ headers }) => [headers.authorization, `Bearer ${SECRET}`],
    ],
    [
      'an API key in a header',
      { type: 'api_key', name: 'X-Api-Key', value: SECRET, in: 'header' },
      ({ headers }) => [headers['x-api-key'], SECRET],
    ],
    [
      'an API key in the query, which keeps what was there',
      { type: 'api_key', name: 'k/1', value: 'a&b', in: 'query' },
      ({ path }) => [path, '/hook?a=1&k%2F1=a%26b'],
    ],
    [
      'SHA-512 over id, time and body',
      {
        ...{ type: 'hmac', header: 'X-Sig', algorithm: 'sha512', encoding: 'base64', secret: SECRET },
        template: '{id}|{timestamp}|{body}|{id}',
        value: '{timestamp}:{id}:{signature}',
      },
      ({ headers, body }) => {
        const [time, id] = [String(headers['webhook-timestamp']), String(headers['webhook-id'])];
        const signed = `${id}|${time}|${body.toString()}|${id}`;
        return [headers['x-sig'], `${time}:${id}:${hmac('sha512', signed, 'base64')}`];
      },
    ],
  ];
  for (const [title, auth, expect] of cases) {
    test(title, async () => {
      const [got, wanted] = expect(await received({ auth }));
      assert.equal(got, wanted);
    });
  }

  const recipes: Record<string, Expect> = {
    GitHub: ({ headers, body }) => [
      headers['x-hub-signature-256'],
      `sha256=${hmac('sha256', body.toString(), 'hex')}`,
    ],
    Shopify: ({ headers, body }) => [
      headers['x-shopify-hmac-sha256'],
      hmac('sha256', body.toString(), 'base64'),
    ],
    Stripe: ({ headers, body }) => {
      const [, time = ''] = /^t=(\d+),/.exec(String(headers['stripe-signature'])) ?? [];
      assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 300);
      const signature = hmac('sha256', `${time}.${body.toString()}`, 'hex');
      return [headers['stripe-signature'], `t=${time},v1=${signature}`];
    },
    Slack: ({ headers, body }) => {
      const time = String(headers['x-slack-request-timestamp']);
      const signature = hmac('sha256', `v0:${time}:${body.toString()}`, 'hex');
      return [headers['x-slack-signature'], `v0=${signature}`];
    },
    Hookdeck: ({ headers, body }) => [
      headers['x-hookdeck-signature'],
      hmac('sha256', body.toString(), 'base64'),
    ],
  };
  for (const [name, preset] of Object.entries(SIGNATURE_PRESETS)) {
    test(`a signature as ${name} makes it`, async () => {
      const auth = { ...preset, type: 'hmac', secret: SECRET };
      const expect = recipes[name] ?? assert.fail(`there is no recipe of ${name}`);
      const [got, wanted] = expect(await received({ auth }, { data: { name: 'Größe {id} {body}' } }));
      assert.equal(got, wanted);
    });
  }
});

test('static headers win over those of a message, and credentials over both', async () => {
  const { headers, rawHeaders } = await received(
    {
      headers: { 'X-Tenant': 'of the endpoint', Accept: 'application/json' },
      auth: { type: 'bearer', token: SECRET },
    },
    { headers: { x_tenant: 'of the message', 'x-other': '1', Authorization: 'forged' } },
  );
  assert.deepEqual(
    [headers['x-tenant'], headers.accept, headers['x-other'], headers.authorization],
    ['of the endpoint', 'application/json', '1', `Bearer ${SECRET}`],
  );
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  assert.equal(new Set(names).size, names.length);
  assert.ok(!names.includes('x_tenant'));
});

test('static headers and credentials give way to our own when the app gets its prefix later', async () => {
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { app, post } = await configuredEndpoint(api, receiver.url, {
    headers: { 'Acme-Attempt': '99' },
    auth: { type: 'api_key', name: 'Acme-Signature', value: SECRET, in: 'header' },
  });
  await api.patch(`/apps/${app.id}`, { header_prefix: 'Acme' });
  await post();
  const { headers } = await receiver.nextRequest();
  assert.equal(headers['acme-attempt'], '1');
  assert.match(String(headers['acme-signature']), /^t=\d+,s=/);
});

describe('of our signatures are sent', () => {
  const choices: [choice: object, own: boolean, standard: boolean][] = [
    [{ hostedhooks: true, standard_webhooks: false }, true, false],
    [{ hostedhooks: false, standard_webhooks: true }, false, true],
    [{ hostedhooks: false, standard_webhooks: false }, false, false],
  ];
  for (const [signature, own, standard] of choices) {
    test(JSON.stringify(signature), async () => {
      const { headers } = await received({ signature });
      const names = Object.keys(headers);
      assert.equal(names.includes('hostedhooks-signature'), own);
      assert.equal(names.includes('http_hostedhooks_signature'), own);
      for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
        assert.equal(names.includes(name), standard);
      assert.ok(names.includes('hostedhooks-delivery'));
    });
  }
});

test('a test of the endpoint is authenticated as well', async () => {
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { path } = await configuredEndpoint(api, receiver.url, { auth: { type: 'bearer', token: SECRET } });
  await api.post(`${path}/test`, { event_type: 'user.created' });
  assert.equal((await receiver.nextRequest()).headers.authorization, `Bearer ${SECRET}`);
});

/** The request that a webhook to an endpoint with these fields is. */
async function received(fields: object, message: object = {}): Promise<ReceivedRequest> {
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { post } = await configuredEndpoint(api, `${receiver.url}/hook?a=1`, fields);
  const posted = await post(message);
  assert.equal(posted.status, 201, posted.text);
  return await receiver.nextRequest();
}

function hmac(algorithm: string, signed: string, encoding: 'hex' | 'base64'): string {
  return createHmac(algorithm, SECRET).update(signed).digest(encoding);
}
