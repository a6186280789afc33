import type { AcceptedMessage } from '#src/pipeline/accept/message-input.ts';
import type { Answer } from './answer.ts';
import { messageShape, presentMessage } from '#src/surfaces/api/presenters/message.ts';

/** Answers to a post of one message. */
export const messageAnswers = {
  200: {
    shape: messageShape,
    description: 'The app has a message with this `event_id`: this is it, and nothing was sent.',
    headers: { 'Idempotent-Replayed': '`true`' },
  },
  201: messageShape,
};

/** Of every post of messages. */
export const messageErrors = {
  409: 'The app has a message with this `event_id`, to another target or with another type, version or data.',
};

export function presentAccepted({ message, isDuplicate }: AcceptedMessage): Answer {
  const text = presentMessage(message);
  return isDuplicate
    ? { status: 200, text, headers: { 'idempotent-replayed': 'true' } }
    : { status: 201, text };
}
