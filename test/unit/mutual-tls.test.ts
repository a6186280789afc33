import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import type { Auth } from '#src/domain/outbound-rules/auth.ts';
import { compileRequestRules } from '#src/domain/outbound-rules/request-rules.ts';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import { keyPair } from '#test/support/client-certificates.ts';
import { answer } from '#test/support/behaviours.ts';
import { startReceiver, testCertificate } from '#test/support/receiver.ts';

const policy = createAddressPolicy({ allowsPrivateNetworks: true, trustedPrefix: undefined });
const poster = createPoster({ policy, timeoutMs: 5000, ca: testCertificate });
after(() => poster.close());

const certificates = [keyPair('client.pem'), keyPair('other-client.pem')] as const;
const [first, second] = certificates.map(({ certificate, privateKey }) => {
  const auth: Auth = { type: 'mtls', certificate, private_key: { set: true } };
  const rules = compileRequestRules({ auth }, () => ({ auth: privateKey }));
  assert.ok(rules?.credentials.type === 'mtls');
  return rules.credentials.certificate;
});

/** A receiver that requires a certificate, and answers whose it got. */
const startMutual = (clients: string[]) =>
  startReceiver(
    (exchange) => {
      assert.ok(exchange.socket instanceof TLSSocket);
      const { CN } = exchange.socket.getPeerCertificate().subject;
      answer(200, { body: String(CN ?? '') })(exchange);
    },
    { isTls: true, clients },
  );

const post = (url: string, more: object = {}) =>
  poster.post({ url, headers: {}, body: '{}', owner: 'endpoint', account: 'account', ...more });

test('a receiver that requires a client certificate gets it, and refuses what has none or another', async () => {
  await using receiver = await startMutual([certificates[0].certificate]);
  const known = await post(receiver.url, { clientCertificate: first });
  assert.deepEqual([known.statusCode, known.bodyExcerpt], [200, 'hostedhooks-test-client']);
  for (const clientCertificate of [undefined, second]) {
    const { outcome, statusCode } = await post(receiver.url, { clientCertificate });
    assert.equal(statusCode, null);
    assert.ok(outcome === 'tls' || outcome === 'reset', outcome);
  }
  assert.equal(receiver.requests.length, 1);
});

test('a connection of one certificate is used for no other, nor for none, also of the same endpoint', async () => {
  await using receiver = await startMutual(certificates.map(({ certificate }) => certificate));
  const who = async (clientCertificate: unknown) =>
    (await post(receiver.url, { clientCertificate })).bodyExcerpt;
  assert.equal(await who(first), 'hostedhooks-test-client');
  assert.equal(await who(second), 'hostedhooks-test-other-client');
  assert.equal(await who(first), 'hostedhooks-test-client');
  assert.equal(await who(undefined), '');
  assert.equal(receiver.requests.length, 3);
});
