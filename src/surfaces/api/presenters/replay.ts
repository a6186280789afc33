import { z } from 'zod';
import type { Replay } from '#src/domain/replays/replay.ts';
import { createdAt, id, named, time } from './shape.ts';

export const replayShape = named(
  'Replay',
  'The replay of what an endpoint missed, in the background.',
  z.object({
    id: id(),
    status: z
      .enum(['queued', 'running', 'done', 'cancelled'])
      .describe('`queued`: as a part of a replay by filter, it waits for another one of the endpoint.'),
    total: z.int().meta({ description: 'Deliveries that matched when it was asked for.', examples: [12] }),
    done: z.int().meta({ description: 'Those that were sent on so far.', examples: [0] }),
    created_at: createdAt,
  }),
);

/** The answer to a replay of a single delivery. */
export const singleReplayShape = named(
  'SingleReplay',
  'A delivery that is sent again.',
  z.object({
    message_id: id('The message.'),
    endpoint_id: id('The endpoint.'),
    state: z.literal('scheduled'),
    next_attempt_at: time('When it is due: now.'),
  }),
);

export function presentReplay({ id, status, total, done, createdAt }: Replay): z.output<typeof replayShape> {
  return { id, status, total, done, created_at: createdAt };
}

interface Replayed {
  messageId: string;
  endpointId: string;
  dueAt: Date;
}

export function presentSingleReplay({
  messageId,
  endpointId,
  dueAt,
}: Replayed): z.output<typeof singleReplayShape> {
  return { message_id: messageId, endpoint_id: endpointId, state: 'scheduled', next_attempt_at: dueAt };
}
