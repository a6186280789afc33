import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Api, apiOfNewAccount } from '#test/support/api.ts';
import { answer, type Behaviour, hang, redirectTo } from '#test/support/behaviours.ts';
import { configuredEndpoint } from '#test/support/configured-endpoint.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';

const clock = createJumpingClock();
const server = await startTestServer({ clock, env: { DELIVERY_TIMEOUT_MS: '2000' } });
after(() => server[Symbol.asyncDispose]());

const SECRET = 'cl1ent-secret/that is long';
const FORM = 'application/x-www-form-urlencoded';

const tokens =
  (fields: object = { expires_in: 3600 }): Behaviour =>
  ({ response, index }) =>
    void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ access_token: `token-${String(index)}`, token_type: 'Bearer', ...fields }));

const authAt = (url: string, more: object = {}) => ({
  type: 'oauth2_client_credentials',
  token_url: `${url}/token`,
  client_id: 'acme',
  client_secret: SECRET,
  client_authentication: 'basic',
  ...more,
});

/** An account with an endpoint at `receiver` that asks `issuer` for tokens. */
async function endpointAt(receiver: Receiver, issuer: Receiver, more: object = {}) {
  const api: Api = await apiOfNewAccount(server);
  return { api, ...(await configuredEndpoint(api, receiver.url, { auth: authAt(issuer.url, more) })) };
}

test('a token is asked for by HTTP Basic as RFC 6749 has it, kept until it ends, and then replaced', async () => {
  await using receiver = await startReceiver();
  await using issuer = await startReceiver(tokens());
  const { post } = await endpointAt(receiver, issuer, { scope: 'hooks write' });
  const sent = async () => {
    await post();
    return (await receiver.nextRequest()).headers.authorization;
  };
  assert.equal(await sent(), 'Bearer token-0');
  assert.equal(await sent(), 'Bearer token-0');
  const { headers, body, path } = await issuer.nextRequest();
  const pair = Buffer.from('acme:cl1ent-secret%2Fthat+is+long').toString('base64');
  assert.deepEqual([headers.authorization, headers['content-type'], path], [`Basic ${pair}`, FORM, '/token']);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body.toString())), {
    grant_type: 'client_credentials',
    scope: 'hooks write',
  });
  // A minute before its end it is no longer used.
  clock.jump(0.99);
  assert.equal(await sent(), 'Bearer token-1');
  assert.equal(issuer.requests.length, 2);
});

test('the client is told in the body where that is chosen', async () => {
  await using receiver = await startReceiver();
  await using issuer = await startReceiver(tokens());
  const { post } = await endpointAt(receiver, issuer, { client_authentication: 'body' });
  await post();
  await receiver.nextRequest();
  const { headers, body } = await issuer.nextRequest();
  assert.equal(headers.authorization, undefined);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body.toString())), {
    grant_type: 'client_credentials',
    client_id: 'acme',
    client_secret: SECRET,
  });
});

test('deliveries that need a token at once share the request for it; another secret needs another token', async () => {
  const held: (() => void)[] = [];
  await using receiver = await startReceiver();
  await using issuer = await startReceiver((exchange) => void held.push(() => tokens()(exchange)));
  const { api, path, post } = await endpointAt(receiver, issuer);
  for (let count = 0; count < 4; count += 1) await post();
  await issuer.nextRequest();
  held.shift()?.();
  await receiver.firstRequests(4);
  assert.equal(issuer.requests.length, 1);
  issuer.behave(tokens());
  await api.patch(path, { auth: authAt(issuer.url, { client_secret: 'another' }) });
  await post();
  assert.equal((await receiver.firstRequests(5))[4]?.headers.authorization, 'Bearer token-1');
});

test('a kept token that is refused is replaced, and the webhook sent again in the same attempt', async () => {
  await using issuer = await startReceiver(tokens());
  const revoked = new Set<string>();
  await using receiver = await startReceiver((exchange) =>
    answer(revoked.has(exchange.request.headers.authorization ?? '') ? 401 : 200)(exchange),
  );
  const { attempt, post } = await endpointAt(receiver, issuer);
  await post();
  await receiver.nextRequest();
  revoked.add('Bearer token-0');
  const { body: message } = await post();
  const [, refused, taken] = await receiver.firstRequests(3);
  assert.deepEqual(
    [refused?.headers.authorization, taken?.headers.authorization],
    ['Bearer token-0', 'Bearer token-1'],
  );
  const made = await attempt((one) => one['message_id'] === message.id);
  assert.deepEqual([made['attempt_number'], made['status_code']], [1, '200']);
});

test('a new token that is refused is not sent twice', async () => {
  await using issuer = await startReceiver(tokens());
  await using receiver = await startReceiver(answer(401));
  const { attempt, post } = await endpointAt(receiver, issuer);
  await post();
  const made = await attempt();
  assert.deepEqual([made['status_code'], made['retry_status']], ['401', 'scheduled']);
  assert.deepEqual([receiver.requests.length, issuer.requests.length], [1, 1]);
});

describe('without a token nothing is sent, and the attempt says why, when the token endpoint', () => {
  const cases: [title: string, behaviour: Behaviour, said: RegExp][] = [
    [
      'refuses the client',
      answer(401, { body: JSON.stringify({ error: 'invalid_client', error_description: SECRET }) }),
      /answered 401 \(invalid_client\)$/,
    ],
    ['fails', answer(500, { body: SECRET }), /answered 500$/],
    ['answers something else', answer(200, { body: '<html>' }), /answered 200 without a bearer token$/],
    ['answers another kind of token', tokens({ token_type: 'mac' }), /without a bearer token$/],
    ['answers a token that no header can hold', tokens({ access_token: 'a\r\nx: 1' }), /without a bearer/],
    ['answers without end', answer(200, { body: 'x'.repeat(3_000_000) }), /without a bearer token$/],
    ['hangs', hang, /did not answer within/],
    ['redirects', redirectTo('http://169.254.169.254/'), /redirect \(302\), which is not followed$/],
  ];
  for (const [title, behaviour, said] of cases) {
    test(title, async () => {
      await using receiver = await startReceiver();
      await using issuer = await startReceiver(behaviour);
      const { attempt, post } = await endpointAt(receiver, issuer);
      await post();
      const made = await attempt();
      assert.equal(made['outcome'], 'auth_failed');
      assert.match(String(made['error_message']), said);
      assert.ok(!JSON.stringify(made).includes(SECRET));
      assert.deepEqual([made['status_code'], made['retry_status']], ['0', 'scheduled']);
      assert.equal(receiver.requests.length, 0);
    });
  }
});

test('a token endpoint that hangs holds up no other endpoint', async () => {
  await using receiver = await startReceiver();
  await using issuer = await startReceiver(hang);
  const waiting = await endpointAt(receiver, issuer);
  await waiting.post();
  await issuer.nextRequest();
  const other = await configuredEndpoint(waiting.api, `${receiver.url}/other`, {});
  await other.post();
  assert.equal((await receiver.nextRequest()).path, '/other');
});

test('one deadline is over the request for a token and the webhook', async () => {
  await using receiver = await startReceiver(hang);
  await using issuer = await startReceiver((exchange) => void setTimeout(() => tokens()(exchange), 1000));
  const { attempt, post } = await endpointAt(receiver, issuer);
  await post();
  const { error_message: message, outcome } = await attempt();
  const [, seconds = ''] = /within ([\d.]+) s$/.exec(String(message)) ?? [];
  assert.equal(outcome, 'timeout');
  assert.ok(Number(seconds) <= 1, String(message));
});
