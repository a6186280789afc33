import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { currentBeneficiary, onBehalfOf } from '#src/infra/lib/on-behalf.ts';
import { takeTurns } from '#src/surfaces/http/take-turns.ts';

test('one page begins in a turn of the event loop, addresses in round robin', async () => {
  const turns = takeTurns();
  const begun: string[] = [];
  const ask = (address: string, { closed } = { closed: false }) => {
    const next = () => begun.push(currentBeneficiary());
    onBehalfOf(address, () => {
      turns(undefined, { closed }, next);
    });
  };
  for (const address of ['one', 'one', 'one', 'other']) ask(address);
  assert.deepEqual(begun, []);
  await nextTurn();
  assert.deepEqual(begun, ['one']);
  await nextTurn();
  assert.deepEqual(begun, ['one', 'other'], 'the other, which came last, is second');
  ask('one', { closed: true });
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  assert.deepEqual(begun, ['one', 'other', 'one', 'one'], 'not the one whose client has left');
  ask('late');
  await nextTurn();
  await nextTurn();
  assert.equal(begun.at(-1), 'late');
});
