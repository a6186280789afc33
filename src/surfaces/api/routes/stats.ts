import type { Container } from '#src/container.ts';
import type { CountsOwner } from '#src/domain/attempts/delivery-counts.ts';
import { HOUR_MS, type Span } from '#src/domain/attempts/ranges.ts';
import { countBacklog, countBacklogOf, MAX_COUNTED } from '#src/domain/deliveries/count-backlog.ts';
import {
  countWaiting,
  countWaitingOfAccount,
  countWaitingOfSubscription,
} from '#src/domain/endpoint-queues/count-waiting.ts';
import { isAnyPaused } from '#src/domain/endpoints/is-any-paused.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import { presentStats, statsShape } from '#src/surfaces/api/presenters/stats.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { statsSpan } from '#src/surfaces/api/schemas/stats.ts';

type Parts = Pick<Container, 'clock' | 'deliveryCounts' | 'pool'>;

const UP_TO = { upTo: MAX_COUNTED };
const DAY_HOURS = 24;
const MAX_HOURS = FIXED_LIMITS.statsDays.max * DAY_HOURS;

const about = { right: 'see', query: statsSpan, answers: { 200: statsShape } } as const;

/** How an app, a subscription or an endpoint did in a time, all in the same shape. */
export function statsRoutes(routes: RouteTable, { clock, deliveryCounts, pool }: Parts, find: Find): void {
  const read = (owner: CountsOwner, asked: Asked) =>
    deliveryCounts.bySteps(owner, hoursOf(asked, clock.now()));

  routes.at('/apps/:app/stats', {
    get: operation({
      ...about,
      id: 'getAppStats',
      summary: 'See how the endpoints of an app do',
      handle: async (call, { query }) => {
        const { accountId, id: appId } = await find.app(call);
        const [steps, backlog, waiting, isPaused] = await limitHeavyReads(call, () =>
          Promise.all([
            read({ accountId, appId }, query),
            countBacklogOf(pool, { accountId, appId }, UP_TO),
            countWaitingOfAccount(pool, { accountId, appId }),
            isAnyPaused(pool, { accountId, appId }),
          ]),
        );
        return ok(presentStats(steps, backlog, { ...waiting, isPaused }));
      },
    }),
  });

  routes.ofSubscription('/stats', {
    get: operation({
      ...about,
      id: 'getSubscriptionStats',
      summary: 'See how the endpoints of a subscription do',
      handle: async (call, { query }) => {
        const { accountId, id } = await find.subscription(call);
        const [steps, backlog, waiting, isPaused] = await limitHeavyReads(call, () =>
          Promise.all([
            read({ accountId, subscriptionId: id }, query),
            countBacklogOf(pool, { accountId, subscriptionId: id }, UP_TO),
            countWaitingOfSubscription(pool, { accountId, id }),
            isAnyPaused(pool, { accountId, subscriptionId: id }),
          ]),
        );
        return ok(presentStats(steps, backlog, { ...waiting, isPaused }));
      },
    }),
  });

  routes.ofSubscription('/endpoints/:endpoint/stats', {
    get: operation({
      ...about,
      id: 'getEndpointStats',
      summary: 'See how an endpoint does',
      handle: async (call, { query }) => {
        const { accountId, id, pausedAt } = await find.endpointOfSubscription(call);
        const [steps, backlog, waiting] = await limitHeavyReads(call, () =>
          Promise.all([
            read({ accountId, endpointId: id }, query),
            countBacklog(pool, { accountId, id }),
            countWaiting(pool, { accountId, id }),
          ]),
        );
        return ok(presentStats(steps, backlog, { ...waiting, isPaused: pausedAt != null }));
      },
    }),
  });
}

interface Asked {
  since?: Date | undefined;
  until?: Date | undefined;
}

/** The whole hours that a time touches; by default the last 24, with the one that has begun. */
function hoursOf({ since, until }: Asked, nowMs: number): Span {
  const endMs = Math.ceil((until?.getTime() ?? nowMs) / HOUR_MS) * HOUR_MS;
  const sinceMs = Math.floor((since?.getTime() ?? endMs - DAY_HOURS * HOUR_MS) / HOUR_MS) * HOUR_MS;
  const steps = (endMs - sinceMs) / HOUR_MS;
  if (steps <= 0) throw invalid('must be before `until`');
  if (steps > MAX_HOURS)
    throw invalid(`must be at most ${FIXED_LIMITS.statsDays.shown} days before \`until\``);
  return { sinceMs, stepMs: HOUR_MS, steps };
}

const invalid = (message: string) =>
  new InvalidInput(`since: ${message}`, { details: [{ path: 'since', message }] });
