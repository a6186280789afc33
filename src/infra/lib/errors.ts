/** One mistake in the input; `path` says where it is (`endpoints.0.url`). */
export interface ErrorDetail {
  path: string;
  message: string;
}

interface ErrorOptions {
  code?: string;
  details?: ErrorDetail[];
  /** Seconds after which the same request may succeed. */
  retryAfterSeconds?: number;
  /** Further members of the answer. */
  more?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * An expected refusal: it carries the HTTP status and a stable code, and its message says what to do. Every other error
 * is a defect: it is logged with its stack and answered 500 without detail.
 */
export abstract class AppError extends Error {
  abstract readonly status: number;
  readonly code: string;
  readonly details: ErrorDetail[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly more: Record<string, unknown> | undefined;

  constructor(defaultCode: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code ?? defaultCode;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.more = options.more;
  }
}

function errorClass(status: number, defaultCode: string) {
  return class extends AppError {
    readonly status = status;
    constructor(message: string, options?: ErrorOptions) {
      super(defaultCode, message, options);
    }
  };
}

export class BadRequest extends errorClass(400, 'bad_request') {}
export class Unauthenticated extends errorClass(401, 'unauthenticated') {}
export class PaymentRequired extends errorClass(402, 'payment_required') {}
export class Forbidden extends errorClass(403, 'forbidden') {}
export class NotFound extends errorClass(404, 'not_found') {}
export class Conflict extends errorClass(409, 'conflict') {}
export class Gone extends errorClass(410, 'gone') {}
export class TooLarge extends errorClass(413, 'too_large') {}
export class UnsupportedMediaType extends errorClass(415, 'unsupported_media_type') {}
export class InvalidInput extends errorClass(422, 'invalid') {}
export class TooManyRequests extends errorClass(429, 'too_many_requests') {}
export class Unavailable extends errorClass(503, 'unavailable') {}
