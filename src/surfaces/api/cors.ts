import type { RequestHandler } from 'express';

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
  if (req.method === 'OPTIONS') res.writeHead(204, PREFLIGHT).end();
  else next();
};
