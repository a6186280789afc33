import { createServer, type Server } from 'node:http';
import { purgeAccount } from '#src/domain/accounts/purge.ts';
import type { Config } from '#src/config.ts';
import { type Container, createContainer, type ProcessOptions } from '#src/container.ts';
import { ensurePartitions } from '#src/infra/database/partitions.ts';
import { createHttpApp } from '#src/http-app.ts';
import { applyRetention } from '#src/domain/retention/retention.ts';

export interface RunningServer {
  container: Container;
  /** Where web listens; the public origin for a process that does not. */
  url: string;
  /** Stops accepting, finishes or hands back what is in flight, closes everything. */
  stop(): Promise<void>;
}

export interface ServerOptions extends Partial<Pick<ProcessOptions, 'clock'>> {
  /** What the process does: answer requests, make deliveries, or both. */
  runs: 'web' | 'worker' | 'both';
}

const DAY_MS = 86_400_000;
/** Above the 90 s for which Heroku's router keeps idle connections, so that it never writes into one that we closed. */
const KEEP_ALIVE_MS = 95_000;
/** Until an import has arrived as a whole: it is read as fast as it is written down. Others have `limitArrival`. */
const REQUEST_MS = 3_600_000;
/** Answers that take longer, and streams that never end, are cut. */
const CUT_STREAMS_MS = 3000;

export async function startServer(config: Config, { runs, clock }: ServerOptions): Promise<RunningServer> {
  const delivers = runs !== 'web';
  const container = createContainer(config, { delivers, ...(clock === undefined ? {} : { clock }) });
  // Ended in reverse, each whatever becomes of the others; also when one of them cannot start.
  const parts = new AsyncDisposableStack();
  try {
    const server = await startParts(container, { parts, delivers, listens: runs !== 'worker' });
    return {
      container,
      url: server === undefined ? config.http.baseUrl : addressOf(server),
      stop: () => parts.disposeAsync(),
    };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

interface Roles {
  parts: AsyncDisposableStack;
  delivers: boolean;
  listens: boolean;
}

async function startParts(
  container: Container,
  { parts, delivers, listens }: Roles,
): Promise<Server | undefined> {
  const {
    dailyRetention,
    endpointAlerts,
    endpointProber,
    mailer,
    notifications,
    pipeline,
    pool,
    poster,
    queue,
    replayPacer,
    searchIndex,
    sequelize,
  } = container;
  parts.defer(() => pool.end());
  parts.defer(() => sequelize.close());
  parts.defer(() => poster.close());
  parts.defer(() => container.schemaChecker.close());
  parts.defer(() => container.caller.close());
  parts.defer(startMeasuring(container));
  parts.defer(() => container.keyUses.stop());
  forgetWhatChanges(container);
  parts.defer(() => notifications.stop());
  await notifications.start();
  parts.defer(() => mailer.stop());
  parts.defer(() => queue.stop());
  await queue.start();
  if (delivers) {
    // What is long ends early, and is taken up again by the next process.
    const ending = new AbortController();
    const upkeep = await startUpkeep(container, ending.signal);
    parts.defer(() => {
      clearInterval(upkeep);
      ending.abort();
    });
    await mailer.start();
    parts.defer(() => endpointAlerts.stop());
    endpointAlerts.start();
    parts.defer(() => dailyRetention.stop());
    dailyRetention.start();
    parts.defer(() => replayPacer.stop());
    replayPacer.start();
    parts.defer(() => endpointProber.stop());
    endpointProber.start();
    parts.defer(() => searchIndex.stop());
    searchIndex.start();
  }
  parts.defer(() => pipeline.stop());
  // Before deliveries begin, so that a process that cannot listen breaks none off.
  const server = listens ? await listen(container) : undefined;
  if (server !== undefined) parts.defer(() => close(server));
  pipeline.start();
  return server;
}

/** Answers what ends it. */
function startMeasuring({ metrics, metricsBoard }: Container): () => void {
  metrics.start();
  metricsBoard.start();
  return () => {
    metricsBoard.stop();
    metrics.stop();
  };
}

/** Caches follow the control plane: a change that any process commits is announced to all. */
function forgetWhatChanges({ apiKeys, directory, notifications, quota }: Container): void {
  notifications.on('control_plane', (payload) => {
    const [kind, id] = payload.split(':');
    if (kind === 'app') directory.forget(id);
    if (kind === 'account') {
      apiKeys.forget(id);
      quota.forget(id);
    }
  });
  notifications.onGap(() => {
    directory.forget();
    apiKeys.forget();
    quota.forget();
  });
}

async function startUpkeep(
  { clock, herokuPlatform, logger, pool, queue }: Container,
  ending: AbortSignal,
): Promise<NodeJS.Timeout> {
  await queue.workOn('account-purge', (removed) => purgeAccount(pool, removed, ending));
  await queue.workOn('account-retention', ({ accountId }) =>
    applyRetention({ pool, clock }, accountId, ending),
  );
  await queue.workOn('heroku-authorization', ({ resourceId }) => herokuPlatform.exchangeGrant(resourceId), {
    concurrency: 8,
  });
  await queue.workOn('heroku-config', ({ resourceId }) => herokuPlatform.updateConfig(resourceId));
  await queue.workOn('heroku-sync', ({ resourceId }) => herokuPlatform.syncResource(resourceId), {
    concurrency: 2,
  });
  const makePartitions = async () => {
    try {
      await ensurePartitions(pool, clock.now());
    } catch (error) {
      logger.error({ err: error }, 'partitions could not be made; tried again tomorrow');
    }
  };
  await makePartitions();
  return setInterval(() => void makePartitions(), DAY_MS).unref();
}

async function listen(container: Container): Promise<Server> {
  const { host, port } = container.config.http;
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS },
    createHttpApp(container),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
  return server;
}

/** Answers what has arrived, then closes. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, CUT_STREAMS_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return `http://localhost:${String(address.port)}`;
}
