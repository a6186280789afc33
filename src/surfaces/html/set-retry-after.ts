import type { Response } from 'express';
import { AppError } from '#src/infra/lib/errors.ts';

/** Says when to come again, of an error that knows it. */
export function setRetryAfter(res: Response, error: unknown): void {
  if (error instanceof AppError && error.retryAfterSeconds !== undefined)
    res.set('retry-after', String(error.retryAfterSeconds));
}
