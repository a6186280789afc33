import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOutstanding, type OldMessage } from '#src/domain/deliveries/outstanding.ts';

const NOW_MS = Date.parse('2026-01-31T12:00:00Z');
const settled: OldMessage = {
  endpointIds: ['a', 'b'],
  deliverAt: null,
  deliveries: [],
  deliveredTo: ['a', 'b'],
};
const inState = (state: OldMessage['deliveries'][number]['state']) => [{ endpointId: 'b', state }];

const CASES: [name: string, message: OldMessage, owed: boolean][] = [
  ['delivered everywhere', settled, false],
  ['for nobody', { ...settled, endpointIds: [], deliveredTo: [] }, false],
  ['delivered to one, and never attempted at the other', { ...settled, deliveredTo: ['a'] }, true],
  ['given up at one', { ...settled, deliveredTo: ['a'], deliveries: inState('failed') }, false],
  ['held for one', { ...settled, deliveredTo: ['a'], deliveries: inState('held') }, false],
  ['discarded at one', { ...settled, deliveredTo: ['a'], deliveries: inState('discarded') }, false],
  ['to be tried again at one', { ...settled, deliveredTo: ['a'], deliveries: inState('scheduled') }, true],
  ['delivered, and to be sent again', { ...settled, deliveries: inState('scheduled') }, true],
  ['to be sent later', { ...settled, deliverAt: new Date(NOW_MS + 1) }, true],
  ['that was to be sent by now, and was', { ...settled, deliverAt: new Date(NOW_MS) }, false],
];

for (const [name, message, owed] of CASES) {
  test(`a message ${name} is ${owed ? '' : 'not '}owed`, () => {
    assert.equal(isOutstanding(message, NOW_MS), owed);
  });
}
