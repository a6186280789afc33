import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalAddress } from '#src/infra/lib/email-address.ts';

test('an address has one form, whatever its case and however its domain is written', () => {
  assert.equal(normalAddress('Ann.Lee+hooks@Example.COM'), 'ann.lee+hooks@example.com');
  assert.equal(normalAddress('ann@bücher.example'), 'ann@xn--bcher-kva.example');
});

test('letters that other rules of case take for ASCII are no part of an address', () => {
  // U+0130 and the Kelvin sign: PostgreSQL's lower() makes i and k of them.
  for (const address of ['v\u0130ctim@example.com', '\u212Aim@example.com', 'ann', '@example.com', 'ann@']) {
    assert.equal(normalAddress(address), null, address);
  }
  assert.notEqual(normalAddress('ann@m\u0130crosoft.example'), 'ann@microsoft.example');
});
