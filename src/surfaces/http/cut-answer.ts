import type { ErrorRequestHandler } from 'express';

/** The error came in the middle of an answer: the client sees a connection that was cut, and not a whole answer. */
export const cutAnswer: ErrorRequestHandler = (error: unknown, req, res, _next) => {
  if (!req.destroyed) req.log.warn({ err: error }, 'an answer was cut off');
  res.destroy();
};
