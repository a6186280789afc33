import type { Pool } from 'pg';
import { compareByEventId, type SaidMessage } from '#src/domain/messages/compare-messages.ts';
import type { Messages } from '#src/domain/messages/messages.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import type { AcceptedMessage, MessageInput } from './message-input.ts';

interface Dependencies {
  pool: Pool;
  messages: Messages;
}

/**
 * Answers those of refused messages of one app that repeat one, with the first. They were taken by the app as it was,
 * and a sender that repeats a message whose answer was lost must not be told that it was refused. Rethrows `refusal`
 * when it says nothing about the messages, and when none is a repeat.
 */
export async function answerRepeats(
  { pool, messages }: Dependencies,
  inputs: MessageInput[],
  refusal: unknown,
): Promise<Map<MessageInput, AcceptedMessage>> {
  const named = inputs.filter(({ eventId }) => eventId !== null);
  const [one] = named;
  if (!(refusal instanceof InvalidInput) || one === undefined) throw refusal;
  const { accountId, appId } = one.target;
  const compared = await compareByEventId(pool, one.target, named.map(saidIn));
  const same = [...compared.values()].filter(({ isSame }) => isSame);
  const firsts = await messages.byIds(
    { accountId, id: appId },
    same.map(({ id }) => id),
  );
  const answers = new Map<MessageInput, AcceptedMessage>();
  for (const input of named) {
    const message = firsts.get(compared.get(input.eventId)?.id ?? '');
    if (message !== undefined) answers.set(input, { message, isDuplicate: true });
  }
  if (answers.size === 0) throw refusal;
  return answers;
}

const saidIn = ({ target, contentType, dataBytes, dataText, ...rest }: MessageInput): SaidMessage => ({
  ...rest,
  subscriptionId: target.subscriptionId,
  endpointId: target.endpointId,
  contentType: contentType ?? null,
  data: dataBytes ?? dataText,
});
