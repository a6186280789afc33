import type { Request, Response } from 'express';

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
  helper_created: 'The Hook Helper is ready. Send something to its address.',
} as const;

export type NoticeName = keyof typeof NOTICES;

declare module 'express-session' {
  interface SessionData {
    /** What just happened: said once, by the page at `path`. */
    notice: { name: NoticeName; path: string };
  }
}

/** Leads on after a form, so that a reload sends nothing twice. */
export function redirectWith(res: Response, path: string, name: NoticeName): void {
  res.req.session.notice = { name, path };
  res.redirect(303, path);
}

/** What just happened, once: neither a reload nor the way back says it again. */
export function noticeOf(req: Request): string | undefined {
  const { notice } = req.session;
  if (notice === undefined) return undefined;
  delete req.session.notice;
  return notice.path === req.path ? NOTICES[notice.name] : undefined;
}
