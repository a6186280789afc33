import type { Container } from '#src/container.ts';
import { backgroundWork } from './background-jobs.ts';
import { followControlPlane } from './follow-control-plane.ts';
import type { HttpServer } from './http-server.ts';
import type { Part } from './start-parts.ts';

/** The processes that a part runs in: every one, those that make deliveries, or those that answer requests. */
type RunsIn = 'every process' | 'delivering' | 'listening';

type ListedPart = Part & { runsIn: RunsIn };

type Dependencies = Pick<
  Container,
  | 'announcementPoster'
  | 'apiKeys'
  | 'caller'
  | 'channels'
  | 'clock'
  | 'dailyRetention'
  | 'directory'
  | 'endpointAlerts'
  | 'endpointProber'
  | 'endpointQueuePacer'
  | 'herokuPlatform'
  | 'keyUses'
  | 'logger'
  | 'mailer'
  | 'metrics'
  | 'metricsBoard'
  | 'notifications'
  | 'parkedJobMail'
  | 'partitionMaker'
  | 'pipeline'
  | 'pool'
  | 'poster'
  | 'queue'
  | 'quota'
  | 'replayPacer'
  | 'requestRecorder'
  | 'codeRunner'
  | 'executions'
  | 'schemaChecker'
  | 'searchIndex'
  | 'sequelize'
>;

/** Every part that starts or stops with a process, in the order of starting. They stop in reverse order. */
export function backgroundParts(container: Dependencies, httpServer: HttpServer): ListedPart[] {
  const { caller, keyUses, mailer, metrics, metricsBoard, notifications } = container;
  const { pipeline, pool, poster, queue, schemaChecker, sequelize } = container;
  return [
    { name: 'database pool', runsIn: 'every process', stop: () => pool.end() },
    { name: 'Sequelize', runsIn: 'every process', stop: () => sequelize.close() },
    { name: 'connections to endpoints', runsIn: 'every process', stop: () => poster.close() },
    { name: 'sandbox threads', runsIn: 'every process', stop: () => container.codeRunner.close() },
    { name: 'executions', runsIn: 'every process', stop: () => container.executions.stop() },
    { name: 'schema checker', runsIn: 'every process', stop: () => schemaChecker.close() },
    { name: 'connections to Heroku', runsIn: 'every process', stop: () => caller.close() },
    listed('process metrics', 'every process', metrics),
    listed('metrics board', 'every process', metricsBoard),
    { name: 'uses of API keys', runsIn: 'every process', stop: () => keyUses.stop() },
    { name: 'request log', runsIn: 'every process', stop: () => container.requestRecorder.stop() },
    { name: 'cache invalidation', runsIn: 'every process', start: () => followControlPlane(container) },
    listed('notifications', 'every process', notifications),
    // Before the queue, so that the mail transport closes after the last job.
    listed('mailer', 'delivering', mailer),
    listed('job queue', 'every process', queue),
    { runsIn: 'delivering', ...backgroundWork(container) },
    listed('parked job mail', 'delivering', container.parkedJobMail),
    listed('partition maker', 'delivering', container.partitionMaker),
    listed('endpoint alerts', 'delivering', container.endpointAlerts),
    listed('daily retention', 'delivering', container.dailyRetention),
    listed('endpoint queue pacer', 'delivering', container.endpointQueuePacer),
    listed('replay pacer', 'delivering', container.replayPacer),
    listed('endpoint prober', 'delivering', container.endpointProber),
    listed('search index', 'delivering', container.searchIndex),
    // The pipeline starts after the server listens, so that a process that cannot listen interrupts no delivery. It
    // stops after the server has answered the requests that arrived.
    { name: 'pipeline, at stop', runsIn: 'every process', stop: () => pipeline.stop() },
    listed('http server', 'listening', httpServer),
    { name: 'pipeline, at start', runsIn: 'every process', start: () => pipeline.start() },
  ];
}

function listed(name: string, runsIn: RunsIn, part: Pick<Required<Part>, 'start' | 'stop'>): ListedPart {
  return { name, runsIn, start: () => part.start(), stop: () => part.stop() };
}
