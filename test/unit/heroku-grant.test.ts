import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unknownOptions } from '#src/surfaces/heroku/resource-input.ts';
import { readGrant } from '#src/domain/heroku-platform/read-grant.ts';

const NOW = Date.UTC(2016, 2, 4);
const code = '01234567-89ab-cdef-0123-456789abcdef';

test('the time of a grant is read with an offset that has no colon', () => {
  const grant = readGrant({ code, expires_at: '2016-03-03T18:01:31-0800', type: 'authorization_code' }, NOW);
  assert.deepEqual(grant, { code, expiresAtMs: Date.UTC(2016, 2, 4, 2, 1, 31) });
});

test('a grant without a readable time has five minutes', () => {
  for (const expiresAt of [undefined, null, 'soon', 17, '-271821-04-20T00:00:00Z', '1969-12-31T23:59:59Z']) {
    assert.deepEqual(readGrant({ code, expires_at: expiresAt }, NOW), { code, expiresAtMs: NOW + 300_000 });
  }
});

test('what is no grant is told from none', () => {
  assert.equal(readGrant(null, NOW), null);
  assert.equal(readGrant(undefined, NOW), null);
  for (const given of [0, '', [], {}, { code: '' }, { code: 'a\nb' }, { code, type: 'password' }]) {
    assert.equal(readGrant(given, NOW), 'unreadable', JSON.stringify(given));
  }
});

test('options are refused by name, few of many', () => {
  assert.deepEqual(unknownOptions({}), []);
  assert.match(unknownOptions({ 'a\nb\u202e': 'x' }).join(), /^do not include --ab: leave it out/);
  const many = unknownOptions(
    Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`o${String(index)}`, 1])),
  );
  assert.match(many.slice(4).join(), /--o4:.*hold 4 more that are unknown$/);
});
