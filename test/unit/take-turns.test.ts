import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { currentBeneficiary, onBehalfOf } from '#src/infra/lib/on-behalf.ts';
import { takeTurns } from '#src/surfaces/http/take-turns.ts';

function turnsOf(perTurn: number) {
  const turns = takeTurns({ perTurn, queueOf: currentBeneficiary });
  const begun: string[] = [];
  const ask = (address: string, { closed = false, headersSent = false } = {}) => {
    onBehalfOf(address, () => {
      turns({ headers: {} }, { closed, headersSent }, () => begun.push(currentBeneficiary()));
    });
  };
  return { begun, ask };
}

test('one page begins in a turn of the event loop, addresses in round robin', async () => {
  const { begun, ask } = turnsOf(1);
  for (const address of ['one', 'one', 'one', 'one', 'other']) ask(address);
  assert.deepEqual(begun, ['one'], 'the first begins at once');
  await nextTurn();
  assert.deepEqual(begun, ['one', 'one']);
  await nextTurn();
  assert.deepEqual(begun, ['one', 'one', 'other'], 'the other, which came last, is third');
  ask('one', { closed: true });
  ask('one', { headersSent: true });
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  assert.deepEqual(
    begun,
    ['one', 'one', 'other', 'one', 'one'],
    'not those whose client has left, or that were refused',
  );
  ask('late');
  assert.equal(begun.at(-1), 'late', 'nobody waits any more');
});

test('several requests begin in a turn; who comes meanwhile waits behind who waits', async () => {
  const { begun, ask } = turnsOf(3);
  for (let n = 0; n < 10; n += 1) ask('one');
  assert.equal(begun.length, 3);
  await nextTurn();
  assert.equal(begun.length, 6);
  ask('other');
  await nextTurn();
  assert.deepEqual(begun.slice(6).toSorted(), ['one', 'one', 'other']);
  await nextTurn();
  assert.equal(begun.length, 11);
  for (let n = 0; n < 5; n += 1) ask('one');
  assert.equal(begun.length, 12, 'one of the three of this turn was left');
});
