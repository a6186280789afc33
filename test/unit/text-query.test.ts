import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiTermsOf } from '#src/domain/search/text-query.ts';

test('the ASCII terms of a phrase are what every JSON writer leaves as it is', () => {
  const terms = {
    'order-42': ['order-42'],
    'https://a.b/c': ['https:', 'a.b', 'c'],
    'say "no" \\ to\ttabs': ['say ', 'no', ' to', 'tabs'],
    'café au lait': ['caf', ' au lait'],
    '注文書 -': [],
  };
  for (const [phrase, expected] of Object.entries(terms)) assert.deepEqual(asciiTermsOf(phrase), expected);
});
