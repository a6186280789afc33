import type { ErrorRequestHandler } from 'express';
import { AppError } from '#src/infra/lib/errors.ts';
import { hasLeft } from '#src/surfaces/http/has-left.ts';

interface Texts {
  /** Begins the message about a body that the parser refused; the parser's own words follow. */
  whenUnreadable: string;
  /** The whole message about an error that is ours. */
  whenFailed: string;
  /** The log line of an error that is ours. */
  logText: string;
}

/** The error form of the routes that Heroku's programs call: JSON with a `message`. */
export function answerErrors({ whenUnreadable, whenFailed, logText }: Texts): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (hasLeft(req)) return;
    if (res.headersSent) {
      next(error);
    } else if (error instanceof AppError) {
      res.status(error.status).json({ message: error.message });
    } else if (isBodyError(error)) {
      res.status(error.status).json({ message: `${whenUnreadable}: ${error.message}` });
    } else {
      req.log.error({ err: error }, logText);
      res.status(500).json({ message: whenFailed });
    }
  };
}

/** Whether the body parser, or the router of a malformed path, threw the error, whose message the client may read. */
function isBodyError(error: unknown): error is Error & { status: number } {
  if (!(error instanceof Error && 'status' in error)) return false;
  return error instanceof URIError || ('expose' in error && error.expose === true);
}
