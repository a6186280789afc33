import { mustNotSet } from '#src/domain/outbound-rules/reserved-headers.ts';
import { findOwnHeader } from '#src/domain/outbound-rules/reserved-headers.ts';
import { InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import type { AppSnapshot } from '#src/pipeline/routing/app-snapshot.ts';
import type { Addressed } from '#src/pipeline/routing/route.ts';
import type { MessageInput } from './message-input.ts';

/** What is checked against the app that a message is posted to. */
export type Posted = Addressed & Partial<Pick<MessageInput, 'headers' | 'path'>>;

type Problem = InvalidInput | NotFound;

/** Why the app, as it is in this snapshot, does not take the message; null when it does. */
export function problemOf(app: AppSnapshot, { target, eventType, headers }: Posted): Problem | null {
  if (app.accountId !== target.accountId) return new NotFound('The app is gone.');
  if (target.endpointId !== null && !app.endpoints.has(target.endpointId)) {
    return new NotFound('The endpoint is gone.');
  }
  if (!app.eventTypes.has(eventType)) {
    const message = `The app has no webhook event "${eventType}". Create it in the app first; names must match exactly.`;
    return refusal(message, { code: 'unknown_event_type', path: 'event_type', message });
  }
  if (target.subscriptionId === null && app.unicastTypes.has(eventType)) {
    const message = `The webhook event "${eventType}" is not broadcast. Post it to a subscription or to an endpoint.`;
    return refusal(message, { code: 'not_broadcast', path: 'event_type', message });
  }
  return headers === null || headers === undefined ? null : problemOfHeaders(app, Object.keys(headers));
}

/** Why the app does not take all messages of a batch: names every message that it refuses. */
export function problemOfAll(app: AppSnapshot, messages: Posted[]): Problem | null {
  const problems = messages.flatMap((posted) => {
    const problem = problemOf(app, posted);
    return problem === null ? [] : [{ problem, prefix: posted.path ?? '' }];
  });
  const details = problems.flatMap(({ problem, prefix }) =>
    (problem.details ?? []).map(({ path, message }) => ({ path: prefix + path, message })),
  );
  const first = problems[0]?.problem ?? null;
  const [{ path, message } = { path: '', message: '' }] = details;
  if (first === null || path === '') return first;
  return new InvalidInput(`${path}: ${message}`, { code: first.code, details });
}

function problemOfHeaders(app: AppSnapshot, names: string[]): Problem | null {
  const own = findOwnHeader(names, app.headerPrefix);
  if (own === undefined) return null;
  return refusal(`headers ${mustNotSet(own)}.`, {
    code: 'invalid',
    path: 'headers',
    message: mustNotSet(own),
  });
}

const refusal = (text: string, { code, ...detail }: { code: string; path: string; message: string }) =>
  new InvalidInput(text, { code, details: [detail] });
