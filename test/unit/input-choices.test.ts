import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';

const state = z.enum(['failed', 'held']);
const CHOICES = z.strictObject({
  limit: z.int().min(1).max(9).optional(),
  text: z.string().min(1).optional(),
  long: z.string().min(16).optional(),
  status: z.union([state, z.array(state).min(1).max(2)]),
  count: z.union([z.number(), z.strictObject({ max: z.number() })]),
  listed: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(state))
    .optional(),
});

function problems(input: object): unknown {
  try {
    return parseInput(CHOICES, { status: 'held', count: 1, ...input });
  } catch (error) {
    assert.ok(error instanceof InvalidInput);
    return error.details;
  }
}

test('a choice says what is wrong by the one that has the type of the value', () => {
  const message = 'must be "failed" or "held"';
  assert.deepEqual(problems({ status: 'delivered' }), [{ path: 'status', message }]);
  assert.deepEqual(problems({ status: ['held', 'delivered'] }), [{ path: 'status.1', message }]);
  assert.deepEqual(problems({ status: [] }), [{ path: 'status', message: 'must not be empty' }]);
  assert.deepEqual(problems({ count: { max: 'x' } }), [
    { path: 'count.max', message: 'must be a number, not text' },
  ]);
});

test('a value of no type of a choice is told all of them', () => {
  assert.deepEqual(problems({ count: 'x' }), [
    { path: 'count', message: 'must be a number or an object, not text' },
  ]);
  assert.deepEqual(problems({ status: {} }), [
    { path: 'status', message: 'must be "failed" or "held" or a list, not an object' },
  ]);
  assert.deepEqual(problems({ count: true }), [
    { path: 'count', message: 'must be a number or an object, not true' },
  ]);
  assert.deepEqual(problems({ count: undefined }), [{ path: 'count', message: 'is required' }]);
});

test('what is too small is told how small it may be, and what is empty that it is', () => {
  assert.deepEqual(problems({ limit: 0, text: '', long: 'x' }), [
    { path: 'limit', message: 'must be at least 1' },
    { path: 'text', message: 'must not be empty' },
    { path: 'long', message: 'must be at least 16 characters long' },
  ]);
});

test('a part of a text is told by itself, at the path of the text', () => {
  const message = 'holds "lost", which must be "failed" or "held"';
  assert.deepEqual(problems({ listed: 'held,lost' }), [{ path: 'listed', message }]);
});
