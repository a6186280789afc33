import { z } from 'zod';
import type { AppChanges } from '../../apps/apps.ts';
import { name, retryDelays, uid } from './fields.ts';

/** With these, our headers would be taken for Standard Webhooks' or for HTTP's own. */
const RESERVED = /^(webhook|http|content|user|transfer|proxy)$/i;

const fields = z.object({
  name,
  uid: uid.optional(),
  success_policy: z
    .enum(['any_2xx', 'only_200'])
    .optional()
    .describe('Which answers of an endpoint count as success; at first `any_2xx`.'),
  retry_delays: retryDelays.optional(),
  header_prefix: z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9-]{0,63}$/,
      'must begin with a letter and hold at most 64 letters, digits and -',
    )
    .refine((prefix) => !RESERVED.test(prefix), 'must not be one that webhooks have a meaning for')
    .nullable()
    .optional()
    .describe('What our own headers begin with in place of `HostedHooks`.'),
});

const optionalFields = fields.partial();

export const newApp = fields
  .meta({ id: 'NewApp' })
  .transform((input) => ({ ...toChanges(input), name: input.name }));
export const appChanges = optionalFields.meta({ id: 'AppChanges' }).transform(toChanges);

function toChanges(input: z.output<typeof optionalFields>): AppChanges {
  return {
    name: input.name,
    uid: input.uid,
    successPolicy: input.success_policy,
    retryDelaysSeconds: input.retry_delays,
    headerPrefix: input.header_prefix,
  };
}
