import type { Container } from '#src/container.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import type { MessageTarget } from '#src/pipeline/routing/message-target.ts';
import type { Call } from './call.ts';
import type { Json } from './json-body.ts';
import { eventType } from './schemas/fields.ts';

/** An event type that a body names, and where: what stands before `event_type` in its path. */
interface NamedEvent {
  eventType: string;
  path: string;
}

interface Posting {
  acceptor: Pick<Container['acceptor'], 'problemsOf'>;
  call: Call;
  target: (call: Call) => Promise<MessageTarget>;
  /** The event types that can be read of a body that is refused. */
  eventsIn: (value: unknown) => NamedEvent[];
}

/**
 * What `parse` makes of posted messages. Its refusal also names the event types that the app does not have, so that who
 * mends the one is not told of the other only then. The app is asked only for a refusal: what is taken pays nothing.
 */
export async function nameUnknownEvents<T>(
  { acceptor, call, target, eventsIn }: Posting,
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
    const [first] = more;
    if (first === undefined) throw error;
    // One of them in words, because a batch may have a thousand, and the details have all.
    const message = `${error.message} ${first.message}`;
    throw new InvalidInput(message, { code: error.code, details: [...error.details, ...more] });
  }
}

/** Of one message. */
export const eventOfMessage = (value: unknown): NamedEvent[] => eventIn(value, '');

/** Of each message of a batch: a list, or an object with the list in `messages`. */
export function eventsOfBatch(value: unknown): NamedEvent[] {
  const { messages } = Object(value) as { messages?: unknown };
  const list: unknown = Array.isArray(value) ? value : messages;
  if (!Array.isArray(list)) return [];
  const posted: unknown[] = list.slice(0, FIXED_LIMITS.batchMessages.max);
  return posted.flatMap((one, index) => eventIn(one, `messages.${String(index)}.`));
}

function eventIn(message: unknown, path: string): NamedEvent[] {
  const { data } = eventType.safeParse((Object(message) as { event_type?: unknown }).event_type);
  return data === undefined ? [] : [{ eventType: data, path }];
}
