import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Header, headerLines, parseHeaderLines } from '#src/domain/attempts/header-lines.ts';

test('headers are read back as they were written: order, repetition, spelling, empty values', () => {
  const headers: Header[] = [
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b: 2'],
    ['X-Empty', ''],
    ['Link', '<https://receiver.example/?q=: >; rel="next"'],
  ];
  assert.deepEqual(parseHeaderLines(headerLines(headers)), headers);
  assert.deepEqual(parseHeaderLines(headerLines([])), []);
});

test('whatever a header may hold', () => {
  const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);
  const value = fc.string().map((text) => text.replace(/[\r\n]/g, ''));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (headers) => {
      assert.deepEqual(parseHeaderLines(headerLines(headers)), headers);
    }),
  );
});
