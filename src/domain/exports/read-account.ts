import type { Pool } from 'pg';
import { readAccountUsage } from '#src/domain/accounts/account-usage.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Apps } from '#src/domain/apps/apps.ts';
import type { WebhookEvents } from '#src/domain/apps/webhook-events.ts';
import type { DeliveryCounts } from '#src/domain/attempts/delivery-counts.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import type { Endpoints } from '#src/domain/endpoints/endpoints.ts';
import type { HookHelpers } from '#src/domain/hook-helpers/hook-helpers.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Models } from '#src/domain/models.ts';
import type { Subscriptions } from '#src/domain/subscriptions/subscriptions.ts';
import type { Transformations } from '#src/domain/transformations/transformations.ts';
import type { ExportOptions } from './export-options.ts';
import type { Lines } from './lines.ts';
import type { PresentExport } from './present-export.ts';

const PER_PAGE = 200;

export interface ControlPlane {
  pool: Pool;
  clock: Clock;
  models: Models;
  apps: Apps;
  webhookEvents: WebhookEvents;
  transformations: Transformations;
  subscriptions: Subscriptions;
  endpoints: Endpoints;
  hookHelpers: HookHelpers;
  deliveryCounts: DeliveryCounts;
  present: PresentExport;
  /** The public origin of Hook Helpers' addresses. */
  origin: string;
}

/** The state of one export. */
export interface Writing {
  options: ExportOptions;
  lines: Lines;
}

export async function accountLine(plane: ControlPlane, accountId: string): Promise<object> {
  const { account, plan, ...used } = await readAccountUsage(plane, accountId);
  return plane.present.account(account, plan, used);
}

/** Pages of a list that is newest first. The cursor keeps rows from being missed or repeated while others are added. */
export async function* pagesOf<T extends { id: string }>(
  list: (paging: Paging) => Promise<T[]>,
): AsyncGenerator<T[]> {
  let before: string | undefined;
  for (;;) {
    const rows = await list({ limit: PER_PAGE, offset: 0, before });
    if (rows.length > 0) yield rows;
    if (rows.length < PER_PAGE) return;
    before = rows.at(-1)?.id;
  }
}

/** The lines of an app, its webhook events, transformations, subscriptions and endpoints. */
export async function* appLines(
  plane: ControlPlane,
  app: App,
  { options, lines }: Writing,
): AsyncGenerator<string> {
  const { deliveryCounts, endpoints, present, subscriptions, transformations, webhookEvents } = plane;
  const isIncluded = new Set(options.include);
  if (isIncluded.has('app')) yield lines.line('app', present.app(app));
  if (isIncluded.has('webhook_event')) {
    for await (const page of pagesOf((paging) => webhookEvents.list(app, paging))) {
      yield page.map((event) => lines.line('webhook_event', present.webhookEvent(event, app))).join('');
    }
  }
  if (isIncluded.has('transformation')) {
    for await (const page of pagesOf((paging) => transformations.list(app, paging))) {
      yield page.map((row) => lines.line('transformation', present.transformation(row))).join('');
    }
  }
  if (isIncluded.has('subscription')) {
    for await (const page of pagesOf((paging) => subscriptions.list(app, paging))) {
      yield page.map((row) => lines.line('subscription', present.subscription(row, app))).join('');
    }
  }
  if (!isIncluded.has('endpoint')) return;
  const appEvents = await webhookEvents.all(app);
  for await (const page of pagesOf((paging) => endpoints.listOfApp(app, paging))) {
    const rates = await deliveryCounts.errorRates(
      app.accountId,
      page.map(({ id }) => id),
    );
    for (const endpoint of page) {
      const presented = present.endpoint(endpoint, { errorRate: rates.get(endpoint.id) ?? 0, appEvents });
      yield lines.line('endpoint', {
        ...presented,
        ...(options.withSecrets && secretsOf(endpoints, endpoint)),
      });
    }
  }
}

function secretsOf(endpoints: Endpoints, endpoint: Endpoint): object {
  const { auth, headers } = endpoints.revealRules(endpoint);
  return {
    ...(auth && { auth }),
    ...(headers && { headers }),
    secret: endpoints.revealSecret(endpoint),
  };
}
