import type { Request, Response } from 'express';
import { shortLivedCookie, readCookie } from '#src/surfaces/html/cookies.ts';
import { accountPath, currentVisit } from './session.ts';
import { viewHelpers } from '#src/surfaces/html/view-helpers.ts';
import { readUndo, type Undo, type UndoFields, writeUndo } from './undo.ts';

const NOTICES = {
  app_created: 'The app is set up.',
  app_saved: 'The app is saved.',
  app_deleted: 'The app is deleted.',
  event_created: 'The webhook event is created.',
  event_saved: 'The webhook event is saved.',
  event_deleted: 'The webhook event is deleted. Messages that name it are refused from now on.',
  subscriber_created: 'The subscriber is added.',
  subscriber_saved: 'The subscriber is saved.',
  subscriber_deleted: 'The subscriber is deleted, and its endpoints.',
  portal_saved: 'The portal is saved.',
  portal_links_ended: 'All links to the portal of this subscriber have ended, and what they opened.',
  endpoint_created: 'The endpoint is added. Give its signing secret to whoever runs it.',
  endpoint_saved: 'The endpoint is saved. The next message already goes by it.',
  endpoint_saved_off: 'The endpoint is saved. It is still off: turn it on, and it receives again.',
  credentials_left:
    'The endpoint is saved. Its authentication and headers stayed behind, because the URL is of another scheme, host, port or Hook Helper: set them again under Delivery rules.',
  rules_saved: 'The delivery rules are saved. The next attempt already goes by them.',
  transformation_saved: 'The transformation is saved. The next attempt already goes by it.',
  transformation_deleted: 'The transformation is deleted.',
  endpoint_on: 'The endpoint is on again.',
  endpoint_off: 'The endpoint is off. What it misses is kept.',
  endpoint_paused: 'The endpoint is paused. What it should get waits, and nothing is lost.',
  endpoint_resumed: 'The endpoint is resumed. What waited goes out in the order in which it came.',
  endpoint_deleted: 'The endpoint is deleted.',
  replay_started: 'The replay has begun. Its attempts appear below as they are made.',
  nothing_missing: 'It has all that it would have got in that time.',
  app_replay_started: 'The replay has begun.',
  replay_cancelled: 'The replay is cancelled. What it had sent on is still sent.',
  replay_over: 'The replay was done already.',
  delivery_replayed: 'The delivery is on its way again.',
  evidence_revoked: 'The evidence link is taken back: it opens nothing any more.',
  issues_changed: 'The issues are changed.',
  issues_changed_partly:
    'Some of the issues are changed. There was no time for {count} of those you chose, which are still listed here: choose them again.',
  issues_changed_first:
    'The first {count} issues are changed. The others are still listed here: press the button again.',
  issues_gone: 'None of these issues is here any more. Nothing was changed.',
  issues_replayed:
    'The endpoints are on, and what they missed is on its way. An issue ends when its endpoint succeeds.',
  view_saved: 'The view is saved, for everybody in the account.',
  view_deleted: 'The view is deleted. The log is still filtered as it was.',
  events_saved: 'The subscribed events are saved.',
  message_cancelled: 'What of the message was not sent yet is cancelled. A replay can still send it.',
  nothing_cancelled: 'Nothing was left to cancel: all of it was sent, or is being sent.',
  message_sent: 'The message is accepted.',
  made_owner: 'This person is an owner now.',
  made_admin: 'This person is an admin now.',
  made_member: 'This person is a member now.',
  made_viewer: 'This person is a viewer now.',
  member_removed: 'This person is removed and signed out.',
  invited: 'The invitation is on its way.',
  invitation_revoked: 'The invitation is taken back.',
  key_rotated: 'The key is rotated. The new one is on its way into the config of your apps.',
  key_confirmed: 'The new key is in use; the old one ends as you chose.',
  key_revoked: 'The key is revoked and works no more.',
  secret_rotated: 'The signing secret is rotated. Give the new one to whoever runs the endpoint.',
  channel_created: 'The channel is added. Send it a test.',
  channel_deleted: 'The channel is deleted.',
  channel_tested: 'The test arrived.',
  channel_failed: 'The test did not arrive; the table says why.',
  mails_chosen: 'Your choice of mails is saved.',
  set_up: 'All of it is set up. Send the first message.',
  helper_created: 'The Hook Helper is ready. Send something to its address.',
  helper_saved: 'The Hook Helper is saved.',
  helper_deleted: 'The Hook Helper is deleted.',
  answer_saved: 'The next request already gets this answer.',
  arrivals_deleted: 'What had arrived is deleted.',
} as const;

export type NoticeName = keyof typeof NOTICES;

const LIFETIME_MS = 60_000;

/** What a page says of the form that led to it. */
export interface Notice {
  text: string;
  /** Null: it cannot be undone, or not by a button. */
  undo: Undo | null;
}

/** A notice that tells how many. */
interface CountedNotice {
  name: NoticeName;
  count: number;
}

/**
 * Redirects after a form, so that a reload does not submit twice. The notice's name travels in a cookie, with its count
 * and with what a form would post to undo the change.
 */
export function redirectWith(
  res: Response,
  to: string,
  notice: NoticeName | CountedNotice,
  undo: UndoFields | null = null,
): void {
  const { req } = res;
  const path = accountPath(res, to);
  const named = typeof notice === 'string' ? notice : `${notice.name}:${String(notice.count)}`;
  const value = [named, path, writeUndo(undo)].join(' ').trim();
  res.cookie(cookieOf(req), value, { ...shortLivedCookie(req), maxAge: LIFETIME_MS });
  res.redirect(303, path);
}

/** The notice for the page that a form redirected to. Shown once, because reading it clears the cookie. */
export function noticeOf(req: Request): Notice | undefined {
  const [named = '', path, undo] = readCookie(req, cookieOf(req))?.split(' ') ?? [];
  if (path === undefined) return undefined;
  req.res?.clearCookie(cookieOf(req), shortLivedCookie(req));
  const [name = '', count = ''] = named.split(':');
  if (path !== req.originalUrl || !isNotice(name)) return undefined;
  const counted = /^\d{1,9}$/.test(count) ? viewHelpers.number(Number(count)) : 'some';
  return { text: NOTICES[name].replace('{count}', counted), undo: readUndo(undo, { name, path }) };
}

/**
 * One cookie an add-on, so that a tab does not consume another's notice. Not in the session, because two tabs that
 * write the session at once overwrite each other, and a browser may follow a redirect before the session is saved.
 */
function cookieOf(req: Request): string {
  return `hostedhooks.notice.${currentVisit(req).tenantId}`;
}

function isNotice(name: string): name is NoticeName {
  return Object.hasOwn(NOTICES, name);
}
