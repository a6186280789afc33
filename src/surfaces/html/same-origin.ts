import type { RequestHandler } from 'express';
import { Forbidden } from '#src/infra/lib/errors.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site makes a browser send (CSRF). Browsers state the origin of a request themselves, and a
 * page cannot change that, so no token is needed. Fails closed: a browser that states nothing is refused.
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

/** `none` is a person's own doing, like a reload; `same-site` is not enough, another app may live on a sibling host. */
function isSameOrigin(
  site: string | undefined,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin === undefined || host === undefined) return false;
  return URL.canParse(origin) && new URL(origin).host === host;
}
