import type { Clock } from './clock.ts';

/** A right that ends at `leasedUntil` unless it is renewed, so that a process that dies does not keep it. */
interface RenewableLease {
  clock: Clock;
  leaseMs: number;
  /** Renews the lease only while it is ours, because another process may have a lease that lapsed. */
  renew: (until: { now: Date; leasedUntil: Date }) => Promise<void>;
  /** A renewal failed. The next poll tries again. */
  onError: (error: unknown) => void;
}

/** A timer polls `clock`, which says when half of the lease is over. */
const POLL_MS = 1000;

/** Runs `work` under a lease that was just acquired, and renews it whenever half of it is over, until the work ends. */
export async function withRenewedLease<T>(lease: RenewableLease, work: () => Promise<T>): Promise<T> {
  const { clock, leaseMs, renew, onError } = lease;
  let renewAtMs = clock.now() + leaseMs / 2;
  let renewing: Promise<void> | undefined;

  const timer = setInterval(() => {
    const nowMs = clock.now();
    if (renewing !== undefined || nowMs < renewAtMs) return;
    renewing = renew({ now: new Date(nowMs), leasedUntil: new Date(nowMs + leaseMs) })
      .then(() => {
        renewAtMs = nowMs + leaseMs / 2;
      }, onError)
      .finally(() => {
        renewing = undefined;
      });
  }, POLL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await renewing;
  }
}
