import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import { OAuthTokens, TokenRefused } from '#src/pipeline/send/oauth-tokens.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { createStillClock } from '#test/support/still-clock.ts';

test('a token is asked for at public addresses by https only, whatever name leads there', async () => {
  await using canary = await startReceiver();
  const policy = createAddressPolicy({ allowsPrivateNetworks: false, trustedPrefix: undefined });
  const poster = createPoster({
    policy,
    timeoutMs: 5000,
    lookup: () => Promise.resolve(['127.0.0.1']),
  });
  const tokens = new OAuthTokens({ poster, clock: createStillClock() });
  const port = String(canary.port);
  for (const [tokenUrl, said] of [
    [`https://auth.example:${port}/token`, /not public/],
    [`https://127.0.0.1:${port}/token`, /not public/],
    [`http://auth.example:${port}/token`, /https/],
  ] as const) {
    const client = {
      tokenUrl,
      clientId: 'acme',
      clientSecret: 'secret',
      scope: undefined,
      authentication: 'basic' as const,
      fingerprint: tokenUrl,
    };
    await assert.rejects(tokens.get({ endpointId: 'one', account: 'a', client }, 5000), (error: unknown) => {
      assert.ok(error instanceof TokenRefused);
      assert.match(error.message, said);
      return true;
    });
  }
  assert.equal(canary.connectionsOpened(), 0);
  await poster.close();
});
