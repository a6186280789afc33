import type { Lease } from '#src/domain/deliveries/lease.ts';
import type { Clock } from '#src/infra/lib/clock.ts';

interface Options {
  clock: Clock;
  /** Of one send. */
  timeoutMs: number;
  leaseSeconds: number;
}

const MAX_MARGIN_MS = 500;

/** The leases that this process has deliveries of in memory, and whether there is time for a send under each. */
export class OpenLeases {
  readonly #clock: Clock;
  /** No send starts within this time before its lease ends, because it could still be in flight then. */
  readonly #marginMs: number;
  readonly #leases = new Set<Lease>();

  constructor({ clock, leaseSeconds, timeoutMs }: Options) {
    this.#clock = clock;
    this.#marginMs = timeoutMs + Math.min(MAX_MARGIN_MS, (leaseSeconds * 1000 - timeoutMs) / 2);
  }

  add(lease: Lease): void {
    this.#leases.add(lease);
  }

  delete(lease: Lease): void {
    this.#leases.delete(lease);
  }

  /** Those that have not expired. */
  get unexpired(): Lease[] {
    return [...this.#leases].filter((lease) => !this.isExpired(lease));
  }

  get isAnyExpiring(): boolean {
    return this.#leases.values().some((lease) => this.isExpiring(lease));
  }

  /** A lease that ends before this time, by the monotonic clock, is expiring: no send starts under it. */
  get expiringBeforeMs(): number {
    return this.#clock.monotonicNow() + this.#marginMs;
  }

  isExpiring({ expiresAtMs }: Lease): boolean {
    return this.#clock.monotonicNow() > expiresAtMs - this.#marginMs;
  }

  isExpired({ expiresAtMs }: Lease): boolean {
    return this.#clock.monotonicNow() >= expiresAtMs;
  }
}
