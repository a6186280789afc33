import type { Request, Response } from 'express';
import { accountPath, currentUser } from './session.ts';

const NOTICES = {
  app_created: 'The app is set up.',
  app_saved: 'The app is saved.',
  app_deleted: 'The app is deleted.',
  event_created: 'The webhook event is created.',
  subscriber_created: 'The subscriber is added.',
  endpoint_created: 'The endpoint is added. Give its signing secret to whoever runs it.',
  endpoint_on: 'The endpoint is on again.',
  endpoint_off: 'The endpoint is off.',
  replay_started: 'The replay has begun. Its attempts appear below as they are made.',
  events_saved: 'The subscribed events are saved.',
  message_sent: 'The message is accepted.',
  member_made_admin: 'This person is an admin now.',
  admin_made_member: 'This person is a member now, and no admin.',
  member_removed: 'This person is removed and signed out.',
  key_rotated: 'The key is rotated. The new one is on its way into the config of your apps.',
  key_confirmed: 'The new key is in use; the old one ends as you chose.',
  key_revoked: 'The key is revoked and works no more.',
  helper_created: 'The Hook Helper is ready. Send something to its address.',
} as const;

export type NoticeName = keyof typeof NOTICES;

declare module 'express-session' {
  interface SessionData {
    /** What just happened in each add-on: said once, by the page at `path`. Tabs of others do not take it away. */
    notices: Record<string, { name: NoticeName; path: string }>;
  }
}

/** Leads on after a form, so that a reload sends nothing twice. */
export function redirectWith(res: Response, to: string, name: NoticeName): void {
  const { req } = res;
  const path = accountPath(res, to);
  req.session.notices = { ...req.session.notices, [currentUser(req).addon]: { name, path } };
  res.redirect(303, path);
}

/** What just happened, once: neither a reload nor the way back says it again. */
export function noticeOf(req: Request): string | undefined {
  const { addon } = currentUser(req);
  const { [addon]: notice, ...others } = req.session.notices ?? {};
  if (notice === undefined) return undefined;
  req.session.notices = others;
  return notice.path === req.originalUrl ? NOTICES[notice.name] : undefined;
}
