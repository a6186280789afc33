import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { matches, SearchedTexts } from '#src/domain/search/searched-texts.ts';
import { asciiTermsOf, readTextQuery } from '#src/domain/search/text-query.ts';
import { TimeSlices } from '#src/domain/search/time-slices.ts';

const PHRASES = ['absent', 'order', 'paid', 'late'];
const SLOW_TEXT_MS = 30;

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

test('the first phrase that is absent ends the comparison, and none is looked for twice', async (t) => {
  const texts = new SearchedTexts(['order paid late']);
  const { mock } = t.mock.method(String.prototype, 'indexOf');
  const lookedFor = () =>
    mock.calls.map(({ arguments: [phrase] }) => phrase).filter((one) => PHRASES.includes(one));
  assert.equal(await matches({ phrases: PHRASES }, ['order paid late'], new TimeSlices()), false);
  assert.deepEqual(lookedFor(), ['absent']);
  mock.resetCalls();
  for (const phrases of [PHRASES.slice(1), PHRASES.slice(2)]) {
    assert.equal(await texts.holdAll(phrases, new TimeSlices()), true);
  }
  assert.deepEqual(lookedFor(), PHRASES.slice(1));
});

test('a comparison that takes long yields to the event loop between phrases', async (t) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const seen: string[] = [];
  const texts = new SearchedTexts(['order paid late']);
  const hold = texts.hold.bind(texts);
  t.mock.method(texts, 'hold', (phrase: string) => {
    setImmediate(() => seen.push('another'));
    seen.push(phrase);
    nowMs += SLOW_TEXT_MS;
    return hold(phrase);
  });
  assert.equal(await texts.holdAll(['order', 'paid'], new TimeSlices()), true);
  assert.deepEqual(seen, ['order', 'another', 'paid', 'another']);
});

test('a phrase begins at a word boundary only, after long words too, of any script', async () => {
  const long = 'é𝒜'.repeat(1000);
  for (const [text, isFound] of [
    [`${long}é`, false],
    [`${long} é`, true],
    [`${long}-é`, true],
    [`${long}注é`, true],
    [`𝒜𝒜 ${long}`, false],
  ] as const)
    assert.equal(await matches({ phrases: ['é'] }, [text], new TimeSlices()), isFound);
  assert.equal(await matches({ phrases: ['-b'] }, ['a--b'], new TimeSlices()), true);
});

test('a query has at most 40 words, of which quoted ones count as one', () => {
  const words = (count: number) => Array.from({ length: count }, (_, at) => `w${String(at)}`).join(' ');
  assert.equal(typeof readTextQuery(words(40)), 'object');
  assert.equal(typeof readTextQuery(`"${words(41)}"`), 'object');
  assert.equal(
    readTextQuery(words(41)),
    'must have at most 40 words; those between double quotes count as one',
  );
  assert.equal(readTextQuery('--'), 'must hold a word: a letter or a digit');
});
