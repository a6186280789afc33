import type { Router } from 'express';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { portalRuleParts, RULE_PARTS } from '#src/surfaces/html/rules/rule-parts.ts';
import { ruleFields, rulesForm, ruleValues, savingRules } from '#src/surfaces/html/rules/rules-form.ts';
import { shownParts } from '#src/surfaces/html/rules/shown-parts.ts';
import type { EndpointParts } from './endpoint-page.ts';
import { redirectWith } from './notices.ts';
import { contextOf, type PortalContext, renderPortal } from './portal-page.ts';
import { type Asked, PortalRoutes } from './portal-routes.ts';

const RULES = '/:subscription/endpoints/:endpoint/rules';

/** Sets the outbound rules of an endpoint: those that hold secrets, to whose link allows these. */
export function endpointRules(container: Pick<EndpointParts, 'apps' | 'endpoints' | 'portalLinks'>): Router {
  const pages = new PortalRoutes(container);
  const { endpoints } = container;
  const find = async (asked: Asked<{ subscription: string; endpoint: string }>) => ({
    context: contextOf(asked),
    parts: portalRuleParts(asked.visit.capabilities),
    endpoint: await endpoints.getOfSubscription(asked.visit.subscription, asked.req.params.endpoint),
  });

  pages.get('endpoints', RULES, async (asked) => {
    const { context, endpoint, parts } = await find(asked);
    await render(context, endpoint, { form: blankForm(ruleValues(parts, endpoint.rules)) });
  });

  pages.post({ capability: 'endpoints', form: ruleFields(RULE_PARTS) }, RULES, async (asked) => {
    const { context, endpoint, parts } = await find(asked);
    const { body } = asked.req as { body: unknown };
    const result = await submit(rulesForm(parts, endpoint.rules), body, (rules) =>
      savingRules(parts, body, () => endpoints.update(endpoint, { rules })),
    );
    if ('form' in result) await render(context, endpoint, result);
    else {
      const to = `${context.home}/endpoints/${endpoint.id}`;
      redirectWith(context.res, { subscriptionId: context.visit.subscription.id, to, notice: 'rules_saved' });
    }
  });

  return pages.router;
}

async function render(
  context: PortalContext,
  { id, url, rules }: EndpointWithParents,
  { form, status }: { form: Form; status?: number },
): Promise<void> {
  const parts = shownParts(portalRuleParts(context.visit.capabilities), { rules, form });
  const model = { endpoint: { url, href: `${context.home}/endpoints/${id}` }, parts, form };
  await renderPortal(context, { view: 'rules', title: 'Delivery rules', model, status });
}
