import type { RequestHandler } from 'express';

/** Answers 400 to a target without a path, like `OPTIONS *` (RFC 9112, section 3.2), because routers expect a path. */
export const refuseStrangeTargets: RequestHandler = (req, res, next) => {
  if (req.url.startsWith('/')) next();
  else res.status(400).type('text').send('The request target must be a path.\n');
};
