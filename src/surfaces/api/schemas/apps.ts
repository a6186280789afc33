import { z } from 'zod';
import { headerPrefix } from '#src/domain/apps/app-schema.ts';
import type { AppChanges } from '#src/domain/apps/apps.ts';
import { portalSettings } from '#src/domain/apps/portal-settings.ts';
import { name, retryDelays, uid } from './fields.ts';

const fields = z.strictObject({
  name,
  uid: uid.optional(),
  success_policy: z
    .enum(['any_2xx', 'only_200'])
    .optional()
    .describe('Which answers of an endpoint count as success; at first `any_2xx`.'),
  retry_delays: retryDelays.optional(),
  header_prefix: headerPrefix
    .optional()
    .describe('What our own headers begin with in place of `HostedHooks`.'),
  portal: portalSettings
    .partial()
    .meta({ id: 'AppPortalInput' })
    .optional()
    .describe('How the portal of your subscribers looks; members that are left out stay as they are.'),
});

const optionalFields = fields.partial();

export const newApp = fields
  .meta({ id: 'AppInput' })
  .transform((input) => ({ ...toChanges(input), name: input.name }));
export const appChanges = optionalFields.meta({ id: 'AppPatch' }).transform(toChanges);

function toChanges(input: z.output<typeof optionalFields>): AppChanges {
  return {
    name: input.name,
    uid: input.uid,
    successPolicy: input.success_policy,
    retryDelaysSeconds: input.retry_delays,
    headerPrefix: input.header_prefix,
    portal: input.portal as AppChanges['portal'],
  };
}
