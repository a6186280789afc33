/** Heroku refused the request, and a retry would not help. The message is a sentence for the customer. */
export class PlatformRefused extends Error {
  /** Of Heroku's answer; null when Heroku never authorized us, so nothing was sent. */
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.name = 'PlatformRefused';
    this.status = status;
  }
}

/** Heroku did not answer, or answered 408, 429 or 5xx. The job that asked is retried with backoff. */
export class PlatformUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PlatformUnavailable';
  }
}
