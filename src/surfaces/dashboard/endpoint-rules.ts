import type { Request, Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { RULE_PARTS } from '#src/surfaces/html/rules/rule-parts.ts';
import { shownParts } from '#src/surfaces/html/rules/shown-parts.ts';
import { ruleFields, rulesForm, ruleValues, savingRules } from '#src/surfaces/html/rules/rules-form.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { appHead } from './apps.ts';
import { subscriptionHead } from './subscriptions.ts';

/** Sets the outbound rules of an endpoint. */
export function endpointRules({ apps, endpoints }: Pick<Container, 'apps' | 'endpoints'>): Router {
  const pages = new PageRoutes();

  const read = async (req: Request<{ app: string; endpoint: string }>) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const endpoint = await endpoints.getOfApp(app, req.params.endpoint);
    const href = `/apps/${app.id}/endpoints/${endpoint.id}`;
    const model = {
      app: appHead(app),
      subscription: subscriptionHead(endpoint.subscription),
      endpoint: { url: endpoint.url, href },
    };
    const render = (res: Response, form: Form, status = 200) => {
      const parts = shownParts(RULE_PARTS, { rules: endpoint.rules, form });
      const page = { view: 'endpoints/rules', title: 'Delivery rules', status };
      return renderPage(res, { ...page, model: { ...model, parts, form } });
    };
    return { endpoint, href, render };
  };

  pages.get('edit', '/apps/:app/endpoints/:endpoint/rules', async (req, res) => {
    const { endpoint, render } = await read(req);
    await render(res, blankForm(ruleValues(RULE_PARTS, endpoint.rules)));
  });

  pages.post(
    { right: 'edit', form: ruleFields(RULE_PARTS) },
    '/apps/:app/endpoints/:endpoint/rules',
    async (req, res) => {
      const { endpoint, href, render } = await read(req);
      const result = await submit(rulesForm(RULE_PARTS, endpoint.rules), req.body, (rules) =>
        savingRules(RULE_PARTS, req.body, () => endpoints.update(endpoint, { rules })),
      );
      if ('saved' in result) redirectWith(res, href, 'rules_saved');
      else await render(res, result.form, result.status);
    },
  );

  return pages.router;
}
