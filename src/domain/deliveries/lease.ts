import type { DeliveryJobData } from '#src/infra/queue/jobs.ts';

interface LeaseOptions {
  jobId: string;
  data: DeliveryJobData;
  /** By the monotonic clock of this process. */
  expiresAtMs: number;
}

/**
 * A lease of this process on some deliveries: a deferred job that names them. The job is deleted when all of them have
 * their outcomes. If the process dies the job comes due, and another process rescues the deliveries.
 */
export class Lease {
  readonly jobId: string;
  readonly data: DeliveryJobData;
  readonly expiresAtMs: number;
  #outstanding = 0;

  constructor({ jobId, data, expiresAtMs }: LeaseOptions) {
    this.jobId = jobId;
    this.data = data;
    this.expiresAtMs = expiresAtMs;
  }

  /** Adds deliveries to the lease. */
  cover(deliveries: number): void {
    this.#outstanding += deliveries;
  }

  /** How many deliveries it covers whose outcomes are not written. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Tells the lease that the outcomes of some of its deliveries are written. */
  complete(deliveries: number): void {
    this.#outstanding -= deliveries;
  }
}
