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
  #isUnsure = false;

  constructor({ jobId, data, expiresAtMs }: LeaseOptions) {
    this.jobId = jobId;
    this.data = data;
    this.expiresAtMs = expiresAtMs;
  }

  /** The job that names its deliveries while it lasts: whoever finds it due does not know what was sent. */
  get storedData(): DeliveryJobData {
    return asLease(this.data);
  }

  /** The job to put in its place when it ends early. */
  get returnedData(): DeliveryJobData {
    return this.#isUnsure ? { ...this.data, mayHaveBeenSent: true } : this.data;
  }

  /** Tells the lease that one of its deliveries was sent, and its outcome could not be written. */
  leaveUnwritten(): void {
    this.#isUnsure = true;
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

/** The data of a job as that of a lease, which is found only when its process died: so it counts that death. */
export const asLease = (data: DeliveryJobData): DeliveryJobData => ({
  ...data,
  mayHaveBeenSent: true,
  deaths: (data.deaths ?? 0) + 1,
});
