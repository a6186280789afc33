import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner } from '#src/infra/lib/signed-token.ts';

const secret = new Secret('app secret');
const time = { nowMs: 1_700_000_000_000 };
const clock = { now: () => time.nowMs };
const portal = createTokenSigner(secret, 'portal', clock);

describe('a signed token', () => {
  test('gives back its payload and fits into a URL', () => {
    const token = portal.sign({ subscriptionId: 's1', name: 'Ünï' }, 60);
    assert.deepEqual(portal.verify(token), { subscriptionId: 's1', name: 'Ünï' });
    assert.equal(encodeURIComponent(token), token);
  });

  test('expires', () => {
    const token = portal.sign({}, 60);
    time.nowMs += 59_999;
    assert.deepEqual(portal.verify(token), {});
    time.nowMs += 1;
    assert.equal(portal.verify(token), null);
  });

  test('is worthless for another purpose or under another secret', () => {
    const token = portal.sign({}, 60);
    assert.equal(createTokenSigner(secret, 'invitation', clock).verify(token), null);
    assert.equal(createTokenSigner(new Secret('other'), 'portal', clock).verify(token), null);
  });

  test('is worthless after a change of any character', () => {
    const token = portal.sign({ id: 1 }, 60);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '9', '.', '='), (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        assert.equal(portal.verify(changed) === null, changed !== token);
      }),
    );
  });

  for (const nonsense of ['', '.', 'a', 'a.b', '..', `${'a'.repeat(43)}.${'b'.repeat(43)}`, 'é.é']) {
    test(`nonsense is refused: ${JSON.stringify(nonsense)}`, () => {
      assert.equal(portal.verify(nonsense), null);
    });
  }
});
