import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { withRenewedLease } from '#src/infra/lib/with-renewed-lease.ts';

const LEASE_MS = 60_000;

describe('work under a lease', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval', 'Date'] });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  it('renews it at half-time, from then on, until it is done', async () => {
    const { renewedUntil, resolve, outcome } = begin();
    await pass(29_000);
    assert.deepEqual(renewedUntil, []);
    await pass(1000);
    assert.deepEqual(renewedUntil, [30_000 + LEASE_MS]);
    await pass(30_000);
    assert.deepEqual(renewedUntil, [30_000 + LEASE_MS, 60_000 + LEASE_MS]);
    resolve('done');
    assert.equal(await outcome, 'done');
    await pass(LEASE_MS);
    assert.equal(renewedUntil.length, 2);
  });

  it('stops renewing also when the work fails', async () => {
    const { renewedUntil, reject, outcome } = begin();
    reject(new Error('failed'));
    await assert.rejects(outcome, /failed/);
    await pass(LEASE_MS);
    assert.deepEqual(renewedUntil, []);
  });

  it('tries again a second after a renewal that failed', async () => {
    const { errors, renewedUntil, resolve, outcome } = begin(() => errors.length === 0);
    await pass(30_000);
    assert.deepEqual([errors.length, renewedUntil], [1, []]);
    await pass(1000);
    assert.deepEqual([errors.length, renewedUntil], [1, [31_000 + LEASE_MS]]);
    resolve('done');
    await outcome;
  });
});

function begin(fails: () => boolean = () => false) {
  const [renewedUntil, errors]: [number[], unknown[]] = [[], []];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const clock = { now: () => Date.now(), monotonicNow: () => Date.now() };
  const renew = ({ leasedUntil }: { leasedUntil: Date }) => {
    if (fails()) return Promise.reject(new Error('away'));
    renewedUntil.push(leasedUntil.getTime());
    return Promise.resolve();
  };
  const onError = (error: unknown) => void errors.push(error);
  const outcome = withRenewedLease({ clock, leaseMs: LEASE_MS, renew, onError }, () => promise);
  return { renewedUntil, errors, resolve, reject, outcome };
}

async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await setImmediate();
}
