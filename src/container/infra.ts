import type { Config } from '#src/config.ts';
import { createPool } from '#src/infra/database/connection.ts';
import { createNotifications } from '#src/infra/database/notifications.ts';
import { PartitionMaker } from '#src/infra/database/partition-maker.ts';
import { createSequelize } from '#src/infra/database/sequelize.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { createCipher } from '#src/infra/lib/encryption.ts';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import { createTrustedCaller } from '#src/infra/outbound/trusted-caller.ts';
import { JobQueue } from '#src/infra/queue/job-queue.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';
import { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';
import { defineModels } from '#src/domain/models.ts';

const HEROKU_TIMEOUT_MS = 10_000;
/** The longest answer of Heroku that is read, in bytes; a page of a list has a hundredth of that. */
const HEROKU_MAX_BYTES = 2 * 1024 * 1024;

interface Options {
  /** Whether this process makes deliveries; it then supervises the queues too. */
  delivers: boolean;
  clock: Clock;
}

/** Database, queue, outbound requests, logs. */
export function createInfra(config: Config, { delivers, clock }: Options) {
  const { url, engine, poolMax } = config.database;
  if (url === undefined) throw new Error('DATABASE_URL is not set: set it, or run `npm start`');
  const logger = createLogger(config.logLevel);
  const poolSizes = splitConnections(poolMax);
  const pool = createPool({
    url,
    engine,
    max: poolSizes.data,
    applicationName: 'hostedhooks-data',
    onError: (error) => {
      logger.warn({ err: error }, 'an idle database connection was lost');
    },
  });
  const sequelize = createSequelize(url, poolSizes.control);
  const { encryption, encryptionPrevious } = config.secrets;
  const addressPolicy = createAddressPolicy({
    allowsPrivateNetworks: config.delivery.allowsPrivateNetworks,
    trustedPrefix: config.http.isBaseUrlKnown ? `${config.http.baseUrl}/r/` : undefined,
  });
  return {
    config,
    clock,
    logger,
    pool,
    sequelize,
    models: defineModels(sequelize),
    notifications: createNotifications({ url, logger }),
    partitionMaker: new PartitionMaker({ pool, clock, logger }),
    queue: new JobQueue({ pool, logger, engine, supervises: delivers }),
    cipher: createCipher({ current: encryption, previous: encryptionPrevious }),
    addressPolicy,
    poster: createPoster({ policy: addressPolicy, timeoutMs: config.delivery.timeoutMs }),
    caller: createTrustedCaller({ timeoutMs: HEROKU_TIMEOUT_MS, maxBytes: HEROKU_MAX_BYTES }),
    metrics: new ProcessMetrics(),
  };
}

export type InfraParts = ReturnType<typeof createInfra>;

/** Connections of a process: one listens, two in five of the rest are the control plane's. */
function splitConnections(max: number): { control: number; data: number } {
  const control = Math.max(2, Math.floor((max - 1) * 0.4));
  return { control, data: max - 1 - control };
}
