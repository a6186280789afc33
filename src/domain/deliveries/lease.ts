import type { DeliveryJobData } from '#src/infra/queue/jobs.ts';

interface LeaseOptions {
  jobId: string;
  data: DeliveryJobData;
  /** By the monotonic clock of this process. */
  expiresAtMs: number;
}

/**
 * The hold of this process on some deliveries: a deferred job that names them. It is deleted when all are settled; if
 * the process dies it comes due, and another takes them over.
 */
export class Lease {
  readonly jobId: string;
  readonly data: DeliveryJobData;
  readonly expiresAtMs: number;
  #unsettled = 0;

  constructor({ jobId, data, expiresAtMs }: LeaseOptions) {
    this.jobId = jobId;
    this.data = data;
    this.expiresAtMs = expiresAtMs;
  }

  cover(deliveries: number): void {
    this.#unsettled += deliveries;
  }

  /** Deliveries that it still covers. */
  get outstanding(): number {
    return this.#unsettled;
  }

  complete(deliveries: number): void {
    this.#unsettled -= deliveries;
  }
}
