import { z } from 'zod';
import { IGNORE_REASONS, MISSED_STATES, REPLAYABLE_STATES } from '#src/domain/deliveries/delivery.ts';
import { eventType, idOrUid, moment } from './fields.ts';
import { replayableState } from './replays.ts';
import { textQueryAsTyped } from './text-query.ts';

export const newAppReplay = z
  .strictObject({
    status: z
      .union([
        replayableState.transform((one) => [one]),
        z.array(replayableState).min(1).max(REPLAYABLE_STATES.length),
      ])
      .nullish()
      .describe('`failed`, `held`, `ignored` or a list; failed and held if not given.'),
    reason: z
      .enum(IGNORE_REASONS)
      .nullish()
      .describe('Only what this rule ignored; `status` is `ignored` then.'),
    event_type: eventType.nullish().meta({ description: 'Only messages of this type.', examples: undefined }),
    status_code: z
      .int()
      .min(0)
      .max(999)
      .nullish()
      .describe('Only those whose last attempt was answered so; 0: not at all.'),
    endpoint_id: idOrUid.nullish().describe('Only to this endpoint, by its id or your `uid`.'),
    subscription_id: idOrUid
      .nullish()
      .describe('Only to endpoints of this subscription, by its id or your `uid`.'),
    since: moment.nullish().describe('Only messages that were created then or later.'),
    until: moment.nullish().describe('Only messages that were created before.'),
    q: textQueryAsTyped('Only those whose payload, event type, event id, answer or error holds these words.'),
    dry_run: z.boolean().default(false).describe('Say what would be sent, and send nothing.'),
  })
  .meta({ id: 'AppReplayInput' })
  .transform(({ dry_run: isDryRun, ...input }) => ({
    isDryRun,
    filter: {
      states: input.status ?? (input.reason == null ? MISSED_STATES : (['ignored'] as const)),
      reason: input.reason ?? undefined,
      eventType: input.event_type ?? undefined,
      statusCode: input.status_code ?? undefined,
      endpointId: input.endpoint_id ?? undefined,
      subscriptionId: input.subscription_id ?? undefined,
      since: input.since ?? undefined,
      until: input.until ?? undefined,
      query: input.q ?? undefined,
    },
  }));
