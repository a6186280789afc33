import { ApiKeys } from '#src/domain/api-keys/api-keys.ts';
import { ConfigKeys } from '#src/domain/api-keys/config-keys.ts';
import { KeyUses } from '#src/domain/api-keys/key-uses.ts';
import { KeyRotation } from '#src/domain/api-keys/key-rotation.ts';
import { Members } from '#src/domain/accounts/members.ts';
import { NamedKeys } from '#src/domain/api-keys/named-keys.ts';
import { Provisioning } from '#src/domain/heroku-resources/provisioning.ts';
import { exportPresenters } from '#src/surfaces/api/export-presenters.ts';
import { Apps } from '#src/domain/apps/apps.ts';
import { WebhookEvents } from '#src/domain/apps/webhook-events.ts';
import { Attempts } from '#src/domain/attempts/attempts.ts';
import { DeliveryCounts } from '#src/domain/attempts/delivery-counts.ts';
import type { Config } from './config.ts';
import { createPool } from '#src/infra/database/connection.ts';
import { PartitionMaker } from '#src/infra/database/partition-maker.ts';
import { createNotifications } from '#src/infra/database/notifications.ts';
import { createSequelize } from '#src/infra/database/sequelize.ts';
import { EndpointAlerts } from '#src/domain/endpoints/endpoint-alerts.ts';
import { EndpointProber } from '#src/domain/endpoints/endpoint-prober.ts';
import { EndpointSecrets } from '#src/domain/endpoints/endpoint-secrets.ts';
import { Endpoints } from '#src/domain/endpoints/endpoints.ts';
import { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import { HerokuPlatform } from '#src/domain/heroku-platform/heroku-platform.ts';
import { Exports } from '#src/domain/exports/exports.ts';
import { HookHelpers } from '#src/domain/hook-helpers/hook-helpers.ts';
import { IdempotentRequests } from '#src/domain/idempotency/idempotent-requests.ts';
import { Imports } from '#src/domain/imports/imports.ts';
import { type Clock, systemClock } from '#src/infra/lib/clock.ts';
import { createCipher } from '#src/infra/lib/encryption.ts';
import { Mailer } from '#src/domain/mail/mailer.ts';
import { Explanations } from '#src/pipeline/routing/explanations.ts';
import { Messages } from '#src/domain/messages/messages.ts';
import { defineModels } from '#src/domain/models.ts';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import { createTrustedCaller } from '#src/infra/outbound/trusted-caller.ts';
import { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import { Pipeline } from '#src/pipeline/pipeline.ts';
import { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import { PublishRate } from '#src/domain/quotas/publish-rate.ts';
import { SampleRate } from '#src/domain/quotas/sample-rate.ts';
import { QuotaWarnings } from '#src/domain/quotas/quota-warnings.ts';
import { JobQueue } from '#src/infra/queue/job-queue.ts';
import { ReplayPacer } from '#src/domain/replays/replay-pacer.ts';
import { Replays } from '#src/domain/replays/replays.ts';
import { DailyRetention } from '#src/domain/retention/daily-retention.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import { PortalLinks } from '#src/domain/subscriptions/portal-links.ts';
import { Subscriptions } from '#src/domain/subscriptions/subscriptions.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';
import { MetricsBoard } from '#src/infra/telemetry/metrics-board.ts';
import { poolGauges } from '#src/infra/telemetry/pool-gauges.ts';
import { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';

export type Container = ReturnType<typeof createContainer>;

export interface ProcessOptions {
  /** Whether this process makes deliveries, and looks after the queues. */
  delivers: boolean;
  clock?: Clock;
}

/** Builds every long-lived part of a process once, without starting any. */
export function createContainer(config: Config, { delivers, clock = systemClock }: ProcessOptions) {
  const { url } = config.database;
  if (url === undefined) throw new Error('DATABASE_URL is not set: set it, or run `npm start`');
  const logger = createLogger(config.logLevel);
  const shares = poolShares(config.database.poolMax);
  const pool = createPool({
    url,
    max: shares.data,
    applicationName: 'hostedhooks-data',
    onError: (error) => {
      logger.warn({ err: error }, 'an idle database connection was lost');
    },
  });
  const sequelize = createSequelize(url, shares.control);
  const models = defineModels(sequelize);
  const notifications = createNotifications({ url, logger });
  const cipher = createCipher({
    current: config.secrets.encryption,
    previous: config.secrets.encryptionPrevious,
  });
  const addressPolicy = createAddressPolicy({
    allowsPrivateNetworks: config.delivery.allowsPrivateNetworks,
    trustedPrefix: config.http.isBaseUrlKnown ? `${config.http.baseUrl}/r/` : undefined,
  });
  const apiKeys = new ApiKeys({ models, clock, appSecret: config.secrets.app });
  const queue = new JobQueue({ pool, logger, supervises: delivers });
  const mailer = new Mailer({ config, pool, queue, clock, logger });
  const caller = createTrustedCaller({ timeoutMs: HEROKU_TIMEOUT_MS, maxBytes: HEROKU_MAX_BYTES });
  const { baseUrl } = config.http;
  const sendJob = queue.send;
  const configKeys = new ConfigKeys({ models, clock, apiKeys, mailer, baseUrl });
  const keyRotation = new KeyRotation({ pool, models, clock, apiKeys, configKeys, sendJob });
  const herokuPlatform = new HerokuPlatform({
    pool,
    cipher,
    clock,
    logger,
    caller,
    sendJob,
    heroku: config.heroku,
    baseUrl,
    keys: configKeys,
  });
  const poster = createPoster({ policy: addressPolicy, timeoutMs: config.delivery.timeoutMs });
  const directory = new AppDirectory({ pool, cipher, logger });
  const messages = new Messages({ pool });
  const warnings = new QuotaWarnings({ pool, logger, mailer, baseUrl: config.http.baseUrl });
  const quota = new MessageQuota({ pool, clock, logger, warnings });
  const publishRate = new PublishRate({ pool, clock, logger });
  const sampleRate = new SampleRate({ pool, clock });
  const schemaChecker = new SchemaChecker({ logger });
  const metrics = new ProcessMetrics();
  const pipeline = new Pipeline({
    metrics,
    config,
    pool,
    queue,
    directory,
    messages,
    notifications,
    poster,
    quota,
    publishRate,
    sampleRate,
    schemaChecker,
    clock,
    logger,
    delivers,
  });
  const metricsBoard = new MetricsBoard({
    pool,
    clock,
    logger,
    name: config.processName,
    read: () => [...metrics.families(), ...poolGauges(pool, pipeline.load)],
  });
  const subscriptions = new Subscriptions({ models, clock });
  const parts = {
    config,
    clock,
    logger,
    pool,
    sequelize,
    models,
    notifications,
    cipher,
    addressPolicy,
    queue,
    mailer,
    poster,
    directory,
    quota,
    publishRate,
    sampleRate,
    schemaChecker,
    partitionMaker: new PartitionMaker({ pool, clock, logger }),
    pipeline,
    acceptor: pipeline.acceptor,
    caller,
    configKeys,
    keyRotation,
    keyUses: new KeyUses({ pool, clock, logger }),
    namedKeys: new NamedKeys({ pool, clock, apiKeys }),
    idempotentRequests: new IdempotentRequests({ pool, cipher, clock, logger }),
    herokuPlatform,
    sampleSender: pipeline.sampleSender,
    apiKeys,
    members: new Members({ pool, clock }),
    provisioning: new Provisioning({
      pool,
      apiKeys,
      clock,
      sendJob,
      cipher,
      canExchangeGrants: config.heroku.clientSecret !== undefined,
    }),
    apps: new Apps({ models, clock }),
    webhookEvents: new WebhookEvents({ models, clock, schemaChecker }),
    subscriptions,
    metrics,
    metricsBoard,
    portalLinks: new PortalLinks({ subscriptions, clock, appSecret: config.secrets.app, baseUrl }),
    endpoints: new Endpoints({ models, sequelize, clock, cipher, addressPolicy }),
    endpointSecrets: new EndpointSecrets({ pool, clock, cipher }),
    hookHelpers: new HookHelpers({ models, pool, clock }),
    messages,
    explanations: new Explanations({ pool }),
    attempts: new Attempts({ pool }),
    replays: new Replays({ pool, queue, clock }),
    replayPacer: new ReplayPacer({ pool, queue, clock, logger }),
    endpointAlerts: new EndpointAlerts({ config, pool, mailer, clock, logger }),
    dailyRetention: new DailyRetention({ pool, clock, logger, sendJob: queue.send }),
    searchIndex: new SearchIndex({ pool, clock, logger }),
    endpointProber: new EndpointProber({ pool, queue, clock, logger }),
    deliveryCounts: new DeliveryCounts({ pool, clock }),
  };
  const origin = config.http.baseUrl;
  const exports = new Exports({ ...parts, present: exportPresenters, origin });
  return { ...parts, exports, imports: new Imports({ ...parts, origin }) };
}

const HEROKU_TIMEOUT_MS = 10_000;
/** Of an answer of Heroku's; a page of a list is a hundredth of that. */
const HEROKU_MAX_BYTES = 2 * 1024 * 1024;

/** One connection listens; of the rest the control plane gets two in five. */
function poolShares(max: number): { control: number; data: number } {
  const control = Math.max(2, Math.floor((max - 1) * 0.4));
  return { control, data: max - 1 - control };
}
