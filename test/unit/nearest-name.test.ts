import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from '#src/infra/lib/nearest-name.ts';

const FIELDS = [
  'event_type',
  'version',
  'data',
  'event_id',
  'deliver_at',
  'status',
  'subscription',
  'scopes',
];

const MEANT: [string, string | undefined][] = [
  ['eventId', 'event_id'],
  ['deliverAt', 'deliver_at'],
  ['stauts', 'status'],
  ['subscripton', 'subscription'],
  ['scope', 'scopes'],
  ['type', 'event_type'],
  ['DATA', 'data'],
  ['color', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
];

for (const [given, meant] of MEANT) {
  test(`"${given.slice(0, 20)}" was meant to be ${meant ?? 'none of them'}`, () => {
    assert.equal(nearestName(given, FIELDS), meant);
  });
}
