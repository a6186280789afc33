import { z } from 'zod';
import { headerPrefix, successPolicy } from '#src/domain/apps/app-schema.ts';
import type { AppChanges } from '#src/domain/apps/apps.ts';
import { portalSettings } from '#src/domain/apps/portal-settings.ts';
import { appRuleFields, pickRules, ruleInputs } from '#src/domain/outbound-rules/rules.ts';
import { name, retryDelays, uid } from './fields.ts';
import { oneSchedule } from './one-schedule.ts';

const fields = z.strictObject({
  name,
  uid: uid.optional(),
  success_policy: successPolicy
    .optional()
    .describe('Which answers of an endpoint count as success; at first `any_2xx`.'),
  retry_delays: retryDelays.optional(),
  ...ruleInputs(appRuleFields),
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
  .superRefine(oneSchedule)
  .transform((input) => ({ ...toChanges(input), name: input.name }));
export const appChanges = optionalFields
  .meta({ id: 'AppPatch' })
  .superRefine(oneSchedule)
  .transform(toChanges);

function toChanges(input: z.output<typeof optionalFields>): AppChanges {
  return {
    name: input.name,
    uid: input.uid,
    successPolicy: input.success_policy,
    retryDelaysSeconds: input.retry_delays,
    headerPrefix: input.header_prefix,
    rules: pickRules(appRuleFields, input),
    portal: input.portal as AppChanges['portal'],
  };
}
