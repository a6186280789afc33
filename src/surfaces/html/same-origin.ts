import type { RequestHandler } from 'express';
import { Forbidden } from '#src/infra/lib/errors.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that another site makes a browser send (CSRF). No token is needed, because the browser itself states
 * the origin of a request and a page cannot change it. Fails closed: a request without that statement is refused.
 */
export const sameOrigin: RequestHandler = (req, _res, next) => {
  if (
    SAFE_METHODS.has(req.method) ||
    isSameOrigin(req.get('sec-fetch-site'), req.get('origin'), req.get('host'))
  ) {
    next();
  } else {
    next(new Forbidden('This form was sent from another site. Open the page here and send it again.'));
  }
};

/** `none` is a person's own action, like a reload. `same-site` is refused: another app may run on a sibling host. */
function isSameOrigin(
  site: string | undefined,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin === undefined || host === undefined) return false;
  return URL.canParse(origin) && new URL(origin).host === host;
}
