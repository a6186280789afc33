import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryState } from '#src/domain/deliveries/delivery.ts';
import { isOutstanding } from '#src/domain/deliveries/outstanding.ts';

const NOW_MS = Date.parse('2026-01-31T12:00:00Z');
const AT_ONCE = null;
const LATER = new Date(NOW_MS + 1);
const BY_NOW = new Date(NOW_MS);

const CASES: [name: string, deliverAt: Date | null, states: DeliveryState[], expected: boolean][] = [
  ['delivered everywhere', AT_ONCE, ['delivered', 'delivered'], false],
  ['for nobody', AT_ONCE, [], false],
  ['delivered to one, and never attempted at the other', AT_ONCE, ['delivered', 'pending'], true],
  ['given up at one', AT_ONCE, ['delivered', 'failed'], false],
  ['held for one', AT_ONCE, ['delivered', 'held'], false],
  ['discarded at one', AT_ONCE, ['delivered', 'discarded'], false],
  ['to be tried again at one', AT_ONCE, ['delivered', 'scheduled'], true],
  ['to be sent later', LATER, [], true],
  ['that was to be sent by now, and was', BY_NOW, ['delivered'], false],
];

for (const [name, deliverAt, states, expected] of CASES) {
  test(`a message ${name} is ${expected ? '' : 'not '}outstanding`, () => {
    const deliveries = states.map((state) => ({ state }));
    assert.equal(isOutstanding({ deliverAt }, deliveries, NOW_MS), expected);
  });
}
