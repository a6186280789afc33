import { z } from 'zod';
import { retryDelays as anyRetryDelays } from '#src/domain/apps/app-schema.ts';
import { eventType as anyEventType } from '#src/domain/apps/webhook-event-schema.ts';
import { anyUid } from '#src/domain/uid-schema.ts';
import { text } from '#src/infra/lib/text-schema.ts';

export { description } from '#src/domain/apps/webhook-event-schema.ts';
export { text } from '#src/infra/lib/text-schema.ts';

/** The name of an event type of an app. */
export const eventType = anyEventType.meta({
  description: 'One of the event types of the app.',
  examples: ['user.created'],
});

/** The range of times that JavaScript, PostgreSQL and the time in a UUIDv7 can all represent. */
const FIRST_MOMENT = new Date(0);
const LAST_MOMENT = new Date('9999-12-31T23:59:59.999Z');

/** A name for people, not blank. */
export const name = text(255)
  .regex(/\S/, 'must not be empty')
  .meta({ description: 'For people.', examples: ['Acme'], minLength: 1 });

/** The caller's own id of an object; null removes it. */
export const uid = anyUid
  .nullable()
  .describe('Your own id of it, which addresses take in place of ours; null takes it away.');

/** Versions of message and endpoint are compared as text, so `1.0` and `1` differ and a number is refused. */
export const version = text(64)
  .min(1)
  .meta({ description: 'Messages go to the endpoints of the same version.', examples: ['1.0'] });

/** Seconds between the attempts; null means the default schedule. */
export const retryDelays = anyRetryDelays.describe(
  'Seconds to wait before each further attempt, at most 20; null: the default.',
);

/** What an address takes for an object: our id of it, or the caller's uid. */
export const idOrUid = anyUid;

export const uuid = z.guid('must be an id, like 0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f');

/** A time whose offset lost its `+`, because a `+` in a query stands for a blank. */
const UNENCODED_PLUS = /T[\d:.]+ \d{2}:?\d{2}$/;

/** A time in a query or a body, as ISO 8601; a date alone means midnight UTC. */
export const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: ({ input }) =>
      typeof input === 'string' && UNENCODED_PLUS.test(input)
        ? 'must be a time like 2025-01-31T12:00:00Z: a blank is in the place of the +, so encode + as %2B'
        : 'must be a time like 2025-01-31T12:00:00Z',
  })
  .transform((value) => new Date(value))
  .refine((value) => value >= FIRST_MOMENT && value <= LAST_MOMENT, 'must be between 1970 and 9999');
