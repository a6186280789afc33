import type { Request, Response } from 'express';
import { addonOf, addonPath } from './addon-path.ts';
import { passingCookie, readCookie } from './cookies.ts';
import { localPath } from './local-path.ts';

const COOKIE = 'hostedhooks.return';
const LIFETIME_MS = 15 * 60 * 1000;
const HOME = '/dashboard';

/** In a cookie of its own: whoever is signed out has no session. It holds a path only, and is checked when it is read. */
export function rememberReturnPath(req: Request, res: Response): void {
  res.cookie(COOKIE, req.originalUrl, { ...passingCookie(req), maxAge: LIFETIME_MS });
}

/**
 * The page that was asked for before the sign-in, once; the dashboard when there was none, or when it was about another
 * add-on than the one that was signed in to. Never another site's.
 */
export function takeReturnPath(req: Request, addon: string): string {
  const path = localPath(readCookie(req, COOKIE), HOME);
  if (path !== HOME) req.res?.clearCookie(COOKIE, passingCookie(req));
  const asked = addonOf(path);
  return addonPath(asked === null || asked === addon ? path : HOME, addon);
}
