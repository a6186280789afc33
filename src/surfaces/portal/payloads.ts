import type { PortalSettings } from '#src/domain/apps/portal-settings.ts';
import { isDeeperThan } from '#src/infra/lib/json-depth.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import { payloadOf, type Payload } from '#src/surfaces/html/payload-view.ts';

type Policy = PortalSettings['payloads'];
type Headers = [string, string][];

const HIDDEN = '•••';

/** A body as the app lets subscribers see it; null: not at all. */
export function shownBody(body: string | Buffer, policy: Policy): Payload | null {
  if (policy === 'full' || body.length === 0) return payloadOf(body);
  const redacted = policy === 'redacted' && typeof body === 'string' ? withoutValues(body) : null;
  return redacted === null ? null : payloadOf(redacted);
}

/** The subscriber's own answer. Where values are hidden, one that is no JSON is shown, because it is none of ours. */
export const shownAnswer = (body: string, policy: Policy): Payload | null =>
  shownBody(body, policy) ?? (policy === 'redacted' ? payloadOf(body) : null);

/** Headers without those that the provider gave the message, which may tell as much as its body. */
export const shownHeaders = (headers: Headers, ofMessage: object | null, policy: Policy): Headers =>
  policy === 'full'
    ? headers
    : headers.filter(([name]) => !Object.hasOwn(ofMessage ?? {}, name.toLowerCase()));

/** Levels: deeper bodies would be longer by their depth at each line. */
const MAX_SHOWN = 20;

/** JSON with its names and without its values; null for what is no JSON, or too deep. */
function withoutValues(body: string): string | null {
  try {
    const parsed = JSON.parse(body) as JsonValue;
    if (isDeeperThan(MAX_SHOWN, parsed)) return null;
    const hide = (_: string, value: unknown) =>
      typeof value === 'object' && value !== null ? value : HIDDEN;
    return JSON.stringify(parsed, hide, 2);
  } catch {
    return null;
  }
}
