import { isDeepStrictEqual } from 'node:util';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { type Filter, testFilter } from '#src/domain/outbound-rules/filter.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { RULE_PARTS } from '#src/surfaces/html/rules/rule-parts.ts';
import {
  ruleFields,
  rulesForm,
  ruleValues,
  savingRules,
  valuesBefore,
} from '#src/surfaces/html/rules/rules-form.ts';
import { shownParts } from '#src/surfaces/html/rules/shown-parts.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { appHead } from './apps.ts';
import { messageRow } from './message-presenter.ts';
import { subscriptionHead } from './subscription-of-app.ts';

type Parts = Pick<Container, 'apps' | 'endpoints' | 'messages' | 'transformations'>;

const RULES = '/apps/:app/endpoints/:endpoint/rules';
/** Messages that a filter can be tested on. */
const LATEST_MESSAGES = 25;

const fields = ruleFields(RULE_PARTS);
/** The fields, the transformation, and the message that the filter is tested on. */
const testFields = z.strictObject({
  ...fields.shape,
  transformation_id: z.string().optional(),
  message_id: z.string().optional(),
});

interface Shown {
  form: Form;
  status?: number;
  tested?: { matches: boolean; text: string };
}

/** Sets the outbound rules of an endpoint, and tests its filter before. */
export function endpointRules(container: Parts): Router {
  const pages = new PageRoutes();
  const { endpoints, messages } = container;

  pages.get('edit', RULES, async (req, res) => {
    const { endpoint, render } = await read(container, req);
    await render(res, { form: blankForm(ruleValues(RULE_PARTS, endpoint.rules)) });
  });

  pages.post({ right: 'edit', form: testFields }, RULES, async (req, res) => {
    const { endpoint, href, render } = await read(container, req);
    const { retryDelaysSeconds: delays, transformationId } = endpoint;
    const before = savedRules(endpoint);
    const result = await submit(rulesForm(RULE_PARTS, endpoint.rules), rulesIn(req.body), (rules) =>
      savingRules(RULE_PARTS, req.body, () =>
        endpoints.update(endpoint, { rules, transformationId: transformationIn(req.body) }),
      ),
    );
    if ('saved' in result) {
      const fieldsBefore = valuesBefore(RULE_PARTS, { before, now: savedRules(endpoint) });
      const undo = fieldsBefore && { ...fieldsBefore, transformation_id: transformationId ?? '' };
      // Delays that a retry policy took the place of come back by no form, because none has a field for them.
      const isWhole = isDeepStrictEqual(delays, endpoint.retryDelaysSeconds);
      redirectWith(res, href, 'rules_saved', isWhole ? undo : null);
    } else await render(res, result);
  });

  pages.post({ right: 'edit', form: testFields }, `${RULES}/test`, async (req, res) => {
    const { app, endpoint, render } = await read(container, req);
    const { message_id: id = '' } = (req.body ?? {}) as Record<string, string>;
    const entered = rulesIn(req.body);
    const result = await submit(rulesForm(RULE_PARTS, endpoint.rules), entered, async ({ filter }) => {
      const message = await messages.get(app, id);
      return verdictOf(filter ?? null, message);
    });
    if ('form' in result) await render(res, result);
    else await render(res, { form: blankForm({ ...entered, message_id: id }), tested: result.saved });
  });

  return pages.router;
}

const savedRules = ({ rules, ruleSecretsEncrypted: secrets }: Endpoint) => ({ rules, secrets });

/** The endpoint of a request, and its page. */
async function read(
  { apps, endpoints, messages, transformations }: Parts,
  req: Request<{ app: string; endpoint: string }>,
) {
  const app = await apps.get(currentVisit(req).accountId, req.params.app);
  const endpoint = await endpoints.getOfApp(app, req.params.endpoint);
  const href = `/apps/${app.id}/endpoints/${endpoint.id}`;
  const render = async (res: Response, { form, status = 200, tested }: Shown) => {
    const { transformation_id: chosen = endpoint.transformationId ?? '' } = fieldsOf(req.body);
    const model = {
      app: appHead(app),
      subscription: subscriptionHead(endpoint.subscription),
      endpoint: { url: endpoint.url, href },
      parts: shownParts(RULE_PARTS, { rules: endpoint.rules, form }),
      messages: await latestMessages(messages, app),
      form: { ...form, values: { ...form.values, transformation_id: chosen } },
      transformations: await transformationChoices(transformations, app),
      tested,
    };
    await renderPage(res, { view: 'endpoints/rules', title: 'Delivery rules', status, model });
  };
  return { app, endpoint, href, render };
}

async function latestMessages(messages: Parts['messages'], app: App) {
  const { rows } = await messages.page(app, {}, firstPage(LATEST_MESSAGES));
  return rows.map(messageRow);
}

async function transformationChoices(transformations: Parts['transformations'], app: App) {
  const rows = await transformations.summaries(app);
  return [['', 'None'], ...rows.map(({ id, name }) => [id, name])];
}

const fieldsOf = (body: unknown) => (body ?? {}) as Record<string, string | undefined>;

/** Undefined: the form has no choice of one. */
function transformationIn(body: unknown): string | null | undefined {
  const { transformation_id: id } = fieldsOf(body);
  if (id === undefined || isUuid(id)) return id;
  if (id === '') return null;
  const message = 'Choose one of the list.';
  throw new InvalidInput(message, { details: [{ path: 'transformation_id', message }] });
}

/** What was entered of the rules alone. */
function rulesIn(body: unknown): Record<string, string> {
  const { message_id: _message, transformation_id: _transformation, ...rules } = fieldsOf(body);
  return rules as Record<string, string>;
}

function verdictOf(filter: Filter | null, message: Parameters<typeof testFilter>[1]) {
  if (filter === null) return { matches: true, text: 'No filter is set: every message is sent.' };
  const { matches, failed } = testFilter(filter, message);
  const text = matches
    ? 'The message passes: it would be sent.'
    : `It would be ignored: ${failed.join(', ')} did not hold.`;
  return { matches, text };
}
