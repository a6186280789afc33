import { type RequestHandler, Router } from 'express';
import type { Container } from '#src/container.ts';
import { MAX_ACCOUNTS, type QueueDepths, queueDepths } from '#src/domain/endpoint-queues/queue-depths.ts';
import { countUnresolved } from '#src/domain/issues/count-unresolved.ts';
import { type Family, gauge, writeMetrics } from '#src/infra/lib/metrics.ts';
import { isSameText } from '#src/infra/lib/same-text.ts';
import type { Depth } from '#src/infra/queue/due-depths.ts';

/**
 * `/metrics` for Prometheus: counters and gauges of all processes, the lengths of the queues, and issues. In production
 * it exists only when a token is configured.
 */
export function metricsRouter(
  container: Pick<Container, 'config' | 'metricsBoard' | 'pool' | 'queue'>,
): Router {
  const { config, metricsBoard, pool, queue } = container;
  const router = Router();
  if (config.isProduction && config.metricsToken === undefined) return router;

  router.get('/metrics', requireToken(config.metricsToken?.reveal()), async (req, res) => {
    try {
      const [families, depths, parked, waiting, issues] = await Promise.all([
        metricsBoard.read(),
        queue.dueDepths(),
        queue.parkedJobs(),
        queueDepths(pool),
        countUnresolved(pool),
      ]);
      res
        .type(TEXT)
        .send(
          writeMetrics([
            ...families,
            ...ofQueues(depths),
            ...ofEndpointQueues(waiting),
            parkedJobs(parked),
            unresolvedIssues(issues),
          ]),
        );
    } catch (error) {
      req.log.warn({ err: error }, 'the metrics could not be read');
      res.status(503).type(TEXT).send('# the database does not answer\n');
    }
  });
  return router;
}

function ofQueues(depths: (Depth & { name: string })[]): Family[] {
  const byQueue = (read: (depth: Depth) => number) =>
    Object.fromEntries(depths.map((depth) => [depth.name, read(depth)]));
  return [
    gauge(
      { name: 'hostedhooks_queue_due_jobs', help: 'Jobs that are due, counted up to 10000.', label: 'queue' },
      byQueue(({ due }) => due),
    ),
    gauge(
      { name: 'hostedhooks_queue_oldest_due_seconds', help: 'Since when the oldest is due.', label: 'queue' },
      byQueue(({ oldestSeconds }) => oldestSeconds),
    ),
  ];
}

const ofEndpointQueues = ({ entries, oldestSeconds }: QueueDepths): Family[] => [
  gauge(
    {
      name: 'hostedhooks_endpoint_queue_deliveries',
      help: `Deliveries that wait for a rate limit, a delay, an order or a pause; of the ${String(MAX_ACCOUNTS)} oldest accounts that have some, of each up to 10000.`,
    },
    entries,
  ),
  gauge(
    {
      name: 'hostedhooks_endpoint_queue_oldest_seconds',
      help: 'How long ago the oldest message among them was accepted.',
    },
    oldestSeconds,
  ),
];

const unresolvedIssues = (byStatus: Record<string, number>) =>
  gauge(
    {
      name: 'hostedhooks_issues',
      help: 'Causes of failure at endpoints that are not resolved, counted up to 10000.',
      label: 'status',
    },
    byStatus,
  );

const parkedJobs = (byQueue: Record<string, number>) =>
  gauge(
    {
      name: 'hostedhooks_parked_jobs',
      help: 'Jobs that are set aside, because processes died while they worked on them.',
      label: 'queue',
    },
    { deliver: 0, ...byQueue },
  );

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

function requireToken(token: string | undefined): RequestHandler {
  return (req, res, next) => {
    const given = /^Bearer +(\S+) *$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
    if (token === undefined || isSameText(given, token)) next();
    else res.status(401).set('www-authenticate', 'Bearer realm="metrics"').type('text/plain').send('401\n');
  };
}
