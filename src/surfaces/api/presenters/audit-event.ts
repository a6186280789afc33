import { z } from 'zod';
import { ACTION_NAMES } from '#src/domain/audit/actions.ts';
import { ACTOR_TYPES } from '#src/domain/audit/actor.ts';
import type { AuditEvent } from '#src/domain/audit/audit-events.ts';
import { createdAt, EXAMPLE_ID, id, named } from './shape.ts';

export const auditEventShape = named(
  'AuditEvent',
  'A change in the account: who made it, and of what. It holds no secret.',
  z.object({
    id: id(),
    actor: z
      .object({
        type: z.enum(ACTOR_TYPES).describe('`system` is our own background work.'),
        id: z
          .string()
          .nullable()
          .describe('Of a person the member, of a key the key, of the portal the subscription.'),
        email: z.string().nullable().describe('Of a person.'),
        name: z.string().nullable().describe('Of a key, for as long as it is listed.'),
      })
      .describe('Who did it.'),
    action: z.enum(ACTION_NAMES).describe('What was done.'),
    object: z
      .object({
        type: z.string().meta({ examples: ['app'] }),
        id: z.string().meta({ examples: [EXAMPLE_ID] }),
        name: z.string().nullable().describe('As it was called then; of an endpoint the URL.'),
      })
      .describe('To what. It may be gone.'),
    app_id: z.string().nullable().describe('The app that it belongs to.'),
    details: z
      .record(z.string(), z.unknown())
      .describe('Of a change the names of the fields that it `changed`, or what was before and after.'),
    created_at: createdAt,
  }),
);

export function presentAuditEvent(event: AuditEvent): z.output<typeof auditEventShape> {
  const { appId, createdAt: created_at, ...rest } = event;
  return { ...rest, app_id: appId, created_at };
}
