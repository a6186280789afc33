import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBudget } from '#src/pipeline/dispatch/memory-budget.ts';

function budgetWith(accountId: string, { deliveries, bytes = 0 }: { deliveries: number; bytes?: number }) {
  const budget = new MemoryBudget({ deliveries: 1000, bytes: 1000 });
  for (let count = 0; count < deliveries; count += 1) budget.hold(accountId, bytes / deliveries);
  return budget;
}

test('an account may hold half of all deliveries, the next half of the rest', () => {
  const budget = budgetWith('one', { deliveries: 500 });
  assert.equal(budget.canHold('one', 0), true);
  assert.equal(budget.canHold('one', 1), false);
  assert.deepEqual(budget.accountsOverShare(1), ['one']);
  assert.equal(budget.canHold('two', 250), true);
  assert.equal(budget.canHold('two', 251), false);
});

test('bytes are shared in the same way', () => {
  const budget = budgetWith('one', { deliveries: 40, bytes: 600 });
  assert.equal(budget.canHold('one', 1), false);
  assert.equal(budget.canHold('two', 100), true);
  budget.hold('two', 300);
  assert.equal(budget.canHold('two', 32), false);
});

test('however many others there are, an account may hold a few', () => {
  const budget = budgetWith('one', { deliveries: 1000 });
  assert.equal(budget.canHold('newcomer', 32), true);
  assert.equal(budget.canHold('newcomer', 33), false);
});

test('the budget is full by deliveries and by bytes', () => {
  assert.equal(budgetWith('one', { deliveries: 999 }).isFull, false);
  assert.equal(budgetWith('one', { deliveries: 1000 }).isFull, true);
  assert.equal(budgetWith('one', { deliveries: 2, bytes: 1000 }).isFull, true);
});

test('release tells when there is capacity again: of all, or of an account that was passed over', () => {
  const full = budgetWith('one', { deliveries: 1000 });
  assert.equal(full.release('one', 0), true);
  assert.equal(full.release('one', 0), false);

  const half = budgetWith('one', { deliveries: 500 });
  half.accountsOverShare(1);
  assert.equal(half.release('one', 0), true);
  assert.equal(half.release('one', 0), false, 'told once');

  const nearlyFull = budgetWith('one', { deliveries: 450 });
  assert.deepEqual(nearlyFull.accountsOverShare(52), ['one']);
  assert.equal(nearlyFull.release('one', 0), false);
  assert.equal(nearlyFull.release('one', 0), true, 'when there is room for as many as were left');

  const both = budgetWith('one', { deliveries: 500 });
  for (const more of [52, 1, 52]) assert.deepEqual(both.accountsOverShare(more), ['one']);
  assert.equal(both.release('one', 0), true, 'for the fewest of which something was left');
});

test('beside others that have much, an account may have more until it has half of its share', () => {
  const budget = budgetWith('one', { deliveries: 500 });
  budget.hold('two', 0, 250);
  budget.hold('three', 0, 40);
  // Of 125.
  assert.deepEqual(budget.accountsOverShare(125), ['one', 'two']);
  budget.hold('three', 0, 24);
  assert.deepEqual(budget.accountsOverShare(125), ['one', 'two', 'three']);
  assert.equal(budget.release('three', 0), true);
});
