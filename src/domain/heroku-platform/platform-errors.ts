/** Heroku will not do it, also when it is asked again. The message is a sentence for the customer. */
export class PlatformRefused extends Error {
  /** Null when we were never authorized. */
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.name = 'PlatformRefused';
    this.status = status;
  }
}

/** Heroku did not do it now; the job that asked is tried again, later and later. */
export class PlatformTrouble extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PlatformTrouble';
  }
}
