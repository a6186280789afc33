import { z } from 'zod';
import { portalOf, portalSettings, portalStrings } from '#src/domain/apps/portal-settings.ts';
import { successPolicy } from '#src/domain/apps/app-schema.ts';
import type { App } from '#src/domain/apps/app.ts';
import { appRuleFields, showRules } from '#src/domain/outbound-rules/rules.ts';
import { createdAt, id, named, retryDelays, uid } from './shape.ts';

const brief = {
  id: id(),
  uid,
  name: z.string().meta({ description: 'Subscribers see it when they subscribe.', examples: ['Acme'] }),
  created_at: createdAt,
};

/** What an answer holds may grow, so that it is open where the settings that are taken are not. */
const portalShape = portalSettings
  .strip()
  .extend({ strings: portalStrings.strip() })
  .meta({ id: 'AppPortal' });

export const appShape = named(
  'App',
  'What you send webhooks from: it groups event types and subscribers.',
  z.object({
    ...brief,
    success_policy: successPolicy.describe('Which answers of an endpoint count as success.'),
    retry_delays: retryDelays,
    ...appRuleFields,
    header_prefix: z
      .string()
      .nullable()
      .describe('What our own headers begin with in place of `HostedHooks`; null: `HostedHooks`.'),
    portal: portalShape.describe('How the portal of your subscribers looks.'),
  }),
);

export const briefAppShape = named('AppBrief', 'An app inside of what belongs to it.', z.object(brief));

export function presentApp(app: App): z.output<typeof appShape> {
  return {
    id: app.id,
    uid: app.uid ?? null,
    name: app.name,
    success_policy: app.successPolicy,
    retry_delays: app.retryDelaysSeconds ?? null,
    ...showRules(appRuleFields, app.rules),
    header_prefix: app.headerPrefix ?? null,
    portal: portalOf(app),
    created_at: app.createdAt,
  };
}

export function presentAppBriefly({ id, uid, name, createdAt }: App): z.output<typeof briefAppShape> {
  return { id, uid: uid ?? null, name, created_at: createdAt };
}
