import type { Request, Response } from 'express';

/** What just happened, by the word that the redirect carries (`?done=app_created`). Known words only. */
const NOTICES = {
  app_created: 'The app is set up.',
  event_created: 'The webhook event is created.',
  subscriber_created: 'The subscriber is added.',
  endpoint_created: 'The endpoint is added. Give its signing secret to whoever runs it.',
  endpoint_on: 'The endpoint is on again.',
  endpoint_off: 'The endpoint is off.',
  events_saved: 'The subscribed events are saved.',
  message_sent: 'The message is accepted and on its way.',
  helper_created: 'The Hook Helper is ready. Send something to its address.',
} as const;

export type NoticeName = keyof typeof NOTICES;

/** Leads on after a form, so that a reload sends nothing twice. */
export function redirectWith(res: Response, path: string, done: NoticeName): void {
  res.redirect(303, `${path}?done=${done}`);
}

export function noticeOf(req: Request): string | undefined {
  const name = req.query['done'];
  return typeof name === 'string' && Object.hasOwn(NOTICES, name) ? NOTICES[name as NoticeName] : undefined;
}
