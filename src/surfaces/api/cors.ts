import type { RequestHandler, Response } from 'express';

/**
 * `Access-Control-Allow-Headers: *` does not cover Authorization (Fetch standard), so it is listed too. `*` is needed
 * for the `X-Forward-` headers of "publish as is", whose names are the caller's.
 */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, *',
  'access-control-max-age': '86400',
};

const EXPOSED =
  'Link, Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed, X-Request-Id, WWW-Authenticate, Allow, ETag, Content-Disposition';

/**
 * Allows every origin, because the published Next.js client posts from browsers. This is safe, because only the
 * Authorization header authenticates and never a cookie.
 */
export const cors: RequestHandler = (req, res, next) => {
  res.setHeader('access-control-allow-origin', '*');
  res.setHeader('access-control-expose-headers', EXPOSED);
  next();
};

/** Answers OPTIONS, of a preflight or not, with the methods of the address. */
export function answerOptions(res: Response, allowed: string[]): void {
  const allow = allowed.length === 0 ? {} : { allow: allowed.join(', ') };
  res.writeHead(204, { ...PREFLIGHT, ...allow }).end();
}

/** OPTIONS of an unknown address: the request that follows a preflight is to read the 404. */
export const optionsElsewhere: RequestHandler = (req, res, next) => {
  if (req.method === 'OPTIONS') answerOptions(res, []);
  else next();
};
