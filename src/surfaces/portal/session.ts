import type { Request, Response } from 'express';
import { readCookie } from '#src/surfaces/html/cookies.ts';

const COOKIE = 'hostedhooks.portal';

/** Sent to `/portal` only, so that dashboard and portal never read each other's sessions. */
const options = ({ secure }: Request) =>
  ({ httpOnly: true, path: '/portal', secure, sameSite: 'lax' }) as const;

export function keepSession(
  res: Response,
  { session, expiresAt }: { session: string; expiresAt: Date },
): void {
  res.cookie(COOKIE, session, { ...options(res.req), expires: expiresAt });
}

export function forgetSession(res: Response): void {
  res.clearCookie(COOKIE, options(res.req));
}

export const sessionOf = (req: Request): string | undefined => readCookie(req, COOKIE);
