import type { Request, Response } from 'express';
import { readCookie, shortLivedCookie } from './cookies.ts';
import { localPath } from './local-path.ts';
import { tenantOf, tenantPath } from './tenant-path.ts';

const COOKIE = 'hostedhooks.return';
const LIFETIME_MS = 15 * 60 * 1000;
const HOME = '/dashboard';

/** Stores the page that was asked for, in a cookie because a signed-out visitor has no session. */
export function rememberReturnPath(req: Request, res: Response): void {
  res.cookie(COOKIE, req.originalUrl, { ...shortLivedCookie(req), maxAge: LIFETIME_MS });
}

/**
 * Reads and clears the page that was asked for before the sign-in. The dashboard when there was none or when it belongs
 * to another tenant than `tenantId`. Never another site's address.
 */
export function consumeReturnPath(req: Request, tenantId: string): string {
  const path = consumeAnyReturnPath(req) ?? HOME;
  const asked = tenantOf(path);
  return tenantPath(asked === null || asked === tenantId ? path : HOME, tenantId);
}

/** Reads and clears the page that was asked for before the sign-in, of whichever tenant; null when there was none. */
export function consumeAnyReturnPath(req: Request): string | null {
  const path = localPath(readCookie(req, COOKIE), '');
  if (path === '') return null;
  req.res?.clearCookie(COOKIE, shortLivedCookie(req));
  return path;
}
