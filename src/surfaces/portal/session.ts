import type { CookieOptions, Request, Response } from 'express';
import type { OpenedPortal } from '#src/domain/subscriptions/portal-links.ts';
import { isFramed } from './framing.ts';
import { readCookie } from '#src/surfaces/html/cookies.ts';

// A browser may hold sessions of several subscribers, each in a cookie that is sent to that subscriber's pages alone.
// So one link never changes what the pages of another show.

const cookieOf = (subscriptionId: string) => `hostedhooks.portal.${subscriptionId}`;
/** The subscriber of the latest link, to whom `/portal` leads. */
const LATEST_COOKIE = 'hostedhooks.portal-latest';

export const homeOf = (subscriptionId: string) => `/portal/${subscriptionId}`;

export function keepSession(res: Response, opened: OpenedPortal): void {
  const { session, expiresAt: expires } = opened;
  const subscriptionId = opened.subscription.id;
  res.cookie(cookieOf(subscriptionId), session, {
    ...cookieOptions(res.req),
    path: homeOf(subscriptionId),
    expires,
  });
  res.cookie(LATEST_COOKIE, subscriptionId, { ...cookieOptions(res.req), path: '/portal', expires });
}

export const sessionOf = (req: Request, subscriptionId: string): string | undefined =>
  readCookie(req, cookieOf(subscriptionId));

export const latestOf = (req: Request): string | undefined => readCookie(req, LATEST_COOKIE);

/** Sent below `/portal` only, so that dashboard and portal never read each other's sessions. */
export const cookieOptions = (req: Request): CookieOptions =>
  isFramed(req)
    ? // Of the provider's site alone (CHIPS), because browsers drop others of a frame.
      { httpOnly: true, secure: true, sameSite: 'none', partitioned: true }
    : { httpOnly: true, secure: req.secure, sameSite: 'lax' };
