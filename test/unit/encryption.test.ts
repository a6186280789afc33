import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createCipher } from '#src/infra/lib/encryption.ts';
import { Secret } from '#src/infra/lib/secret.ts';

const current = new Secret('the current key');
const previous = new Secret('the key before it');
const cipher = createCipher({ current });

describe('a sealed secret', () => {
  test('is read again by its owner, whatever it holds', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (plain, owner) => {
        assert.equal(cipher.decrypt(cipher.encrypt(plain, owner), owner), plain);
      }),
    );
  });

  test('does not open for another owner', () => {
    const sealed = cipher.encrypt('whsec', 'endpoint:1');
    assert.throws(() => cipher.decrypt(sealed, 'endpoint:2'));
  });

  test('does not open after a change of any of its bytes', () => {
    const sealed = cipher.encrypt('whsec', 'endpoint:1');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      assert.throws(() => cipher.decrypt(changed, 'endpoint:1'), `byte ${String(at)}`);
    }
  });

  test('does not open when it was cut short', () => {
    const sealed = cipher.encrypt('whsec', 'endpoint:1');
    for (let length = 0; length < sealed.length; length += 1) {
      assert.throws(() => cipher.decrypt(sealed.subarray(0, length), 'endpoint:1'));
    }
  });

  test('does not open when it is of another version', () => {
    const sealed = cipher.encrypt('whsec', 'endpoint:1');
    for (const version of [0, 1, 3]) {
      const changed = Buffer.concat([Buffer.of(version), sealed.subarray(1)]);
      assert.throws(() => cipher.decrypt(changed, 'endpoint:1'), /not a sealed secret/);
    }
  });

  test('looks different each time and never holds the plain text', () => {
    const [one, two] = [cipher.encrypt('whsec', 'a'), cipher.encrypt('whsec', 'a')];
    assert.notDeepEqual(one, two);
    assert.equal(one.includes('whsec'), false);
  });
});

describe('during a rotation of the key', () => {
  const rotated = createCipher({ current, previous });

  test('what the previous key sealed is still read', () => {
    const sealed = createCipher({ current: previous }).encrypt('whsec', 'endpoint:1');
    assert.equal(rotated.decrypt(sealed, 'endpoint:1'), 'whsec');
  });

  test('new secrets are sealed under the current key', () => {
    assert.equal(cipher.decrypt(rotated.encrypt('whsec', 'endpoint:1'), 'endpoint:1'), 'whsec');
  });

  test('what an unknown key sealed is refused, and the error says so', () => {
    const sealed = createCipher({ current: new Secret('another') }).encrypt('whsec', 'endpoint:1');
    assert.throws(() => rotated.decrypt(sealed, 'endpoint:1'), /key that is not configured/);
  });
});
