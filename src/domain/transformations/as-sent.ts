import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { OutgoingContent } from './apply.ts';
import { EXCERPT_LENGTH, type Execution } from './transformation.ts';

/** The message whose webhook has this content. */
export function asSent(message: Message, { headers, contentType, body }: OutgoingContent): Message {
  return { ...message, headers, contentType, data: body, overridePayload: true };
}

/**
 * The message as the attempt sent it, which cannot be built again where a transformation changed it. `undefined`: that
 * is no longer kept, or too long to be kept whole. `executions` by id.
 */
export function messageSentBy(
  attempt: Attempt,
  message: Message | undefined,
  executions: Map<string, Execution>,
): Message | undefined {
  if (attempt.executionId === null || message === undefined) return message;
  const result = executions.get(attempt.executionId)?.result ?? null;
  if (result === null || result.body.length >= EXCERPT_LENGTH) return undefined;
  const entries = Object.entries(result.headers);
  const isType = ([name]: [string, string]) => name === 'content-type';
  const contentType = entries.find(isType)?.[1] ?? null;
  const headers = Object.fromEntries(entries.filter((entry) => !isType(entry)));
  return asSent(message, { headers, contentType, body: result.body });
}
