import type { Request, Response } from 'express';
import { readCookie } from '#src/surfaces/html/cookies.ts';
import { cookieOptions, homeOf } from './session.ts';

const NOTICES = {
  endpoint_created:
    'The endpoint is added. Send it a test, and verify what it receives with its signing secret.',
  endpoint_saved: 'The endpoint is saved. The next webhook already goes by it.',
  endpoint_saved_off: 'The endpoint is saved. It is still off: test it, and turn it on.',
  rules_saved: 'The delivery rules are saved. The next attempt already goes by them.',
  endpoint_on: 'The endpoint is on.',
  endpoint_off: 'The endpoint is off. What it misses is kept.',
  endpoint_deleted: 'The endpoint is deleted.',
  secret_rotated: 'The signing secret is rotated. Put the new one where your webhooks are verified.',
} as const;

type NoticeName = keyof typeof NOTICES;

interface Shown {
  subscriptionId: string;
  /** The page that shows it. */
  to: string;
  notice: NoticeName;
}

const COOKIE = 'hostedhooks.portal-notice';
const LIFETIME_MS = 60_000;

/** Redirects after a form, so that a reload does not submit twice. The notice's name travels in a cookie. */
export function redirectWith(res: Response, { subscriptionId, to, notice }: Shown): void {
  const options = { ...cookieOptions(res.req), path: homeOf(subscriptionId), maxAge: LIFETIME_MS };
  res.cookie(COOKIE, `${notice} ${to}`, options);
  res.redirect(303, to);
}

/** The notice for the page that a form redirected to. Shown once, because reading it clears the cookie. */
export function noticeOf(req: Request, subscriptionId: string): { text: string } | undefined {
  const [name = '', path] = readCookie(req, COOKIE)?.split(' ') ?? [];
  if (path === undefined) return undefined;
  req.res?.clearCookie(COOKIE, { ...cookieOptions(req), path: homeOf(subscriptionId) });
  return path === req.originalUrl && isNotice(name) ? { text: NOTICES[name] } : undefined;
}

function isNotice(name: string): name is NoticeName {
  return Object.hasOwn(NOTICES, name);
}
