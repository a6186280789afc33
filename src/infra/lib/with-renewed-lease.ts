import type { Clock } from './clock.ts';

/** A right that lasts until `leasedUntil`, unless it is renewed: whoever dies with it does not keep it. */
interface Lease {
  clock: Clock;
  leaseMs: number;
  /** Only as long as it is ours: what has lapsed may be another's. */
  renew: (until: { now: Date; leasedUntil: Date }) => Promise<void>;
  /** A renewal failed; it is tried again until the lease is over. */
  onError: (error: unknown) => void;
}

/** The clock says when half of the lease is over, a timer when to look at it. */
const LOOK_EVERY_MS = 1000;

/** Does `work` under a lease that was just taken, which is renewed whenever half of it is over, for as long as that takes. */
export async function withRenewedLease<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
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
  }, LOOK_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await renewing;
  }
}
