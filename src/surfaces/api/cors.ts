import type { RequestHandler } from 'express';

/** `*` is any but Authorization, for who sends no cookies: what is published as it is has `X-Forward-` headers of any name. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, *',
  'access-control-max-age': '86400',
};

const EXPOSED =
  'Link, Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed, X-Request-Id, WWW-Authenticate, Allow, ETag, Content-Disposition';

/**
 * Any origin may call: the published Next.js client posts from browsers. Safe, because only the Authorization header
 * authenticates and never a cookie.
 */
export const cors: RequestHandler = (req, res, next) => {
  res.setHeader('access-control-allow-origin', '*');
  res.setHeader('access-control-expose-headers', EXPOSED);
  if (req.method === 'OPTIONS') res.writeHead(204, PREFLIGHT).end();
  else next();
};
