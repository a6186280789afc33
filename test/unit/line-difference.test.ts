import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineDifference } from '#src/infra/lib/line-difference.ts';

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => String(from + n));
const equal = (from: number, to: number) => lines(from, to).map((line) => `  ${line}`);
const textOf = (...all: (string | string[])[]) => all.flat().join('\n');

test('texts that are the same have no difference', () => {
  assert.deepEqual(lineDifference('a\nb', 'a\nb'), []);
  assert.deepEqual(lineDifference('', ''), []);
});

test('what goes is told before what comes in its place', () => {
  assert.deepEqual(lineDifference('a\nb\nc', 'a\nx\ny\nc'), ['  a', '- b', '+ x', '+ y', '  c']);
});

test('a line that comes or goes changes no other one', () => {
  assert.deepEqual(lineDifference('a\nb', 'a\nnew\nb'), ['  a', '+ new', '  b']);
  assert.deepEqual(lineDifference('a\nold\nb', 'a\nb'), ['  a', '- old', '  b']);
  assert.deepEqual(lineDifference('a', 'a\nlast'), ['  a', '+ last']);
  assert.deepEqual(lineDifference('first\na', 'a'), ['- first', '  a']);
});

test('lines that are equal between two changes stay', () => {
  assert.deepEqual(lineDifference('1\nsame\n2', 'one\nsame\ntwo'), [
    '- 1',
    '+ one',
    '  same',
    '- 2',
    '+ two',
  ]);
});

test('three equal lines are shown beside a change, and others by one ellipsis', () => {
  const before = textOf(lines(1, 5), 'old', lines(6, 12), 'gone', lines(13, 17));
  const after = textOf(lines(1, 5), 'new', lines(6, 12), lines(13, 17));
  assert.deepEqual(lineDifference(before, after), [
    ...['…', ...equal(3, 5), '- old', '+ new'],
    ...[...equal(6, 8), '…', ...equal(10, 12)],
    ...['- gone', ...equal(13, 15), '…'],
  ]);
});

test('of texts with too many lines to compare all lines between the equal ends change', () => {
  const [some, others] = [lines(1, 500), lines(501, 1000)];
  const before = textOf('start', some, 'same', 'end');
  const after = textOf('start', others, 'same', others, 'end');
  assert.deepEqual(lineDifference(before, after), [
    '  start',
    ...[...some, 'same'].map((line) => `- ${line}`),
    ...[...others, 'same', ...others].map((line) => `+ ${line}`),
    '  end',
  ]);
});

test('the lines with - and without are the old text, those with + and without the new one', () => {
  const few = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 7 });
  fc.assert(
    fc.property(few, few, (before, after) => {
      const difference = lineDifference(before.join('\n'), after.join('\n'));
      if (difference.includes('…') || difference.length === 0) return;
      const without = (sign: string) =>
        difference.filter((line) => !line.startsWith(sign)).map((line) => line.slice(2));
      assert.deepEqual([without('+'), without('-')], [before, after]);
    }),
  );
});
