import type { Container } from '#src/container.ts';
import { countBacklog, MAX_COUNTED } from '#src/domain/deliveries/count-backlog.ts';
import { hostOf } from '#src/domain/endpoints/endpoint-problem.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { adviceTo } from '#src/domain/issues/advice.ts';
import { causesOfEndpoints } from '#src/domain/issues/causes-of-endpoints.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import { endpointBadge } from '#src/surfaces/html/badges.ts';
import { typesOf } from '#src/surfaces/html/endpoint-form.ts';
import { blankForm, type Form } from '#src/surfaces/html/form.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { portalRuleParts } from '#src/surfaces/html/rules/rule-parts.ts';
import { ruleSentences } from '#src/surfaces/html/rules/rule-sentences.ts';
import { SECRET_GRACES } from '#src/surfaces/html/secret-rotation.ts';
import { attemptRow } from './attempt-row.ts';
import { type PortalContext, renderPortal } from './portal-page.ts';
import { whatIsWrong } from './words.ts';

const PAGE_SIZE = 15;

export type EndpointParts = Pick<
  Container,
  'apps' | 'attempts' | 'endpointSecrets' | 'endpoints' | 'pool' | 'portalLinks' | 'webhookEvents'
>;

interface Shown {
  endpoint: EndpointWithParents;
  /** The signing secret, when the reader asked to reveal it. */
  secret?: string;
  /** The form to delete it, when it was refused. */
  undeleted?: { form: Form; status: number };
}

/** How an endpoint does, what it got, and how it is set. */
export async function renderEndpoint(
  container: EndpointParts,
  context: PortalContext,
  { endpoint, secret, undeleted }: Shown,
): Promise<void> {
  const { app, req, home } = context;
  const [attempts, events, previousUntil] = await Promise.all([
    readPage(req, PAGE_SIZE, (paging) => container.attempts.page(app, { endpointId: endpoint.id }, paging)),
    container.webhookEvents.all(app),
    container.endpointSecrets.previousUntil(endpoint),
  ]);
  const model = {
    endpoint: await endpointHead(container, endpoint, home),
    eventTypes: events.map(({ eventType }) => eventType),
    secret,
    standardSecret: secret === undefined ? undefined : standardWebhooksSecret(secret),
    previousUntil,
    graces: SECRET_GRACES,
    // Those of credentials name the user and the client.
    rules: ruleSentences(endpoint, app, portalRuleParts(context.visit.capabilities)),
    deletion: undeleted?.form ?? blankForm(),
    attempts: { ...attempts, rows: attempts.rows.map((row) => attemptRow(row, home)) },
  };
  const status = undeleted?.status;
  await renderPortal(context, { view: 'endpoint', title: hostOf(endpoint), model, status });
}

/** What pages of an endpoint say of it. */
export async function endpointHead(
  { pool }: Pick<Container, 'pool'>,
  endpoint: EndpointWithParents,
  home: string,
) {
  const { failed, held, scheduled } = await countBacklog(pool, endpoint, { upTo: MAX_COUNTED });
  const missed = failed + held;
  const { accountId, hasIssues, id } = endpoint;
  const cause = (await causesOfEndpoints(pool, accountId, { endpointIds: hasIssues ? [id] : [] })).get(id);
  return {
    id: endpoint.id,
    href: `${home}/endpoints/${endpoint.id}`,
    url: endpoint.url,
    urlSince: endpoint.urlSince,
    host: hostOf(endpoint),
    description: endpoint.description,
    version: endpoint.version,
    isOn: endpoint.status === 'active',
    badge: endpointBadge(endpoint),
    since: endpoint.status === 'active' ? endpoint.failingSince : endpoint.inactiveSince,
    nextProbeAt: endpoint.nextProbeAt,
    problem: whatIsWrong(endpoint),
    advice: cause === undefined ? null : adviceTo('subscriber', cause),
    events: endpoint.receivesAllEvents ? 'All' : typesOf(endpoint).join(', ') || 'None',
    createdAt: endpoint.createdAt,
    missed,
    isMissedCut: missed >= MAX_COUNTED,
    waiting: scheduled,
  };
}
