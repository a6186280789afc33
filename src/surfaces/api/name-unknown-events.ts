import type { Container } from '#src/container.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { invalid, UNKNOWN_PARAMETER } from '#src/infra/lib/unknown-members.ts';
import type { MessageTarget } from '#src/pipeline/routing/message-target.ts';
import type { Call } from './call.ts';
import type { Json } from './json-body.ts';
import { eventType } from './schemas/fields.ts';

interface Posting {
  acceptor: Pick<Container['acceptor'], 'problemsOf'>;
  call: Call;
  target: (call: Call) => Promise<MessageTarget>;
}

/**
 * What `parse` makes of posted messages. Its refusal also names the event types that the app does not have, so that who
 * mends the one is not told of the other only then. The app is asked only for a refusal: what is taken pays nothing.
 */
export async function nameUnknownEvents<T>(
  { acceptor, call, target }: Posting,
  json: Json,
  parse: (json: Json) => T,
): Promise<T> {
  try {
    return parse(json);
  } catch (error) {
    if (!(error instanceof InvalidInput) || error.details === undefined) throw error;
    // What keeps us from asking leaves the refusal as it was.
    const more = await target(call)
      .then((found) => acceptor.problemsOf(found, eventsIn(json.value)))
      .catch(() => []);
    if (more.length === 0) throw error;
    throw invalid([...error.details, ...more], { hasUnknown: error.code === UNKNOWN_PARAMETER });
  }
}

/** The event types that can be read of a message, or of each message of a batch, and where it stands. */
function eventsIn(value: unknown): { eventType: string; path: string }[] {
  const { messages } = Object(value) as { messages?: unknown };
  const list: unknown = Array.isArray(value) ? value : messages;
  if (!Array.isArray(list)) return eventIn(value, '');
  const posted: unknown[] = list.slice(0, FIXED_LIMITS.batchMessages.max);
  return posted.flatMap((one, index) => eventIn(one, `messages.${String(index)}.`));
}

function eventIn(message: unknown, path: string): { eventType: string; path: string }[] {
  const { data } = eventType.safeParse((Object(message) as { event_type?: unknown }).event_type);
  return data === undefined ? [] : [{ eventType: data, path }];
}
