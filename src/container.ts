import type { Config } from '#src/config.ts';
import { createPool } from '#src/infra/database/connection.ts';
import { createNotifications } from '#src/infra/database/notifications.ts';
import { PartitionMaker } from '#src/infra/database/partition-maker.ts';
import { createSequelize } from '#src/infra/database/sequelize.ts';
import { type Clock, systemClock } from '#src/infra/lib/clock.ts';
import { createCipher } from '#src/infra/lib/encryption.ts';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import { createTrustedCaller } from '#src/infra/outbound/trusted-caller.ts';
import { JobQueue } from '#src/infra/queue/job-queue.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';
import { MetricsBoard } from '#src/infra/telemetry/metrics-board.ts';
import { poolGauges } from '#src/infra/telemetry/pool-gauges.ts';
import { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';
import { Members } from '#src/domain/accounts/members.ts';
import { AuditEvents } from '#src/domain/audit/audit-events.ts';
import { Announcements } from '#src/domain/announcements/announcements.ts';
import { ApiKeys } from '#src/domain/api-keys/api-keys.ts';
import { ConfigKeys } from '#src/domain/api-keys/config-keys.ts';
import { KeyRotation } from '#src/domain/api-keys/key-rotation.ts';
import { KeyUses } from '#src/domain/api-keys/key-uses.ts';
import { NamedKeys } from '#src/domain/api-keys/named-keys.ts';
import { ApiRequests } from '#src/domain/api-requests/api-requests.ts';
import { RequestRecorder } from '#src/domain/api-requests/recorder.ts';
import { Apps } from '#src/domain/apps/apps.ts';
import { WebhookEvents } from '#src/domain/apps/webhook-events.ts';
import { Attempts } from '#src/domain/attempts/attempts.ts';
import { DeliveryCounts } from '#src/domain/attempts/delivery-counts.ts';
import { Channels } from '#src/domain/channels/channels.ts';
import { ChannelAlerts } from '#src/domain/endpoints/channel-alerts.ts';
import { EndpointAlerts } from '#src/domain/endpoints/endpoint-alerts.ts';
import { SubscriberAlerts } from '#src/domain/endpoints/subscriber-alerts.ts';
import { EndpointProber } from '#src/domain/endpoints/endpoint-prober.ts';
import { EndpointSecrets } from '#src/domain/endpoints/endpoint-secrets.ts';
import { EvidenceLinks } from '#src/domain/evidence-links/evidence-links.ts';
import { Endpoints } from '#src/domain/endpoints/endpoints.ts';
import { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import { Exports } from '#src/domain/exports/exports.ts';
import { HerokuPlatform } from '#src/domain/heroku-platform/heroku-platform.ts';
import { Provisioning } from '#src/domain/heroku-resources/provisioning.ts';
import { HookHelpers } from '#src/domain/hook-helpers/hook-helpers.ts';
import { IdempotentRequests } from '#src/domain/idempotency/idempotent-requests.ts';
import { Imports } from '#src/domain/imports/imports.ts';
import { Issues } from '#src/domain/issues/issues.ts';
import { MailPreferences } from '#src/domain/mail/mail-preferences.ts';
import { Mailer } from '#src/domain/mail/mailer.ts';
import { ParkedJobMail } from '#src/domain/mail/parked-job-mail.ts';
import { DeliveryLog } from '#src/domain/deliveries/log/delivery-log.ts';
import { Messages } from '#src/domain/messages/messages.ts';
import { defineModels } from '#src/domain/models.ts';
import { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import { PublishRate } from '#src/domain/quotas/publish-rate.ts';
import { QuotaWarnings } from '#src/domain/quotas/quota-warnings.ts';
import { SampleRate } from '#src/domain/quotas/sample-rate.ts';
import { Acceptances } from '#src/domain/invitations/acceptances.ts';
import { Invitations } from '#src/domain/invitations/invitations.ts';
import { PasswordsOfPeople } from '#src/domain/people/passwords-of-people.ts';
import { SecondStep } from '#src/domain/people/second-step.ts';
import { SignInRates } from '#src/domain/people/sign-in-rates.ts';
import { SignUps } from '#src/domain/people/sign-ups.ts';
import { OwnEndpoints } from '#src/domain/own-webhooks/own-endpoints.ts';
import { EndpointQueuePacer } from '#src/domain/endpoint-queues/endpoint-queue-pacer.ts';
import { AppReplays } from '#src/domain/replays/app-replays.ts';
import { ReplayPacer } from '#src/domain/replays/replay-pacer.ts';
import { Replays } from '#src/domain/replays/replays.ts';
import { DailyRetention } from '#src/domain/retention/daily-retention.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import { PortalLinks } from '#src/domain/subscriptions/portal-links.ts';
import { SignatureDoctor } from '#src/domain/signature-doctor/signature-doctor.ts';
import { Subscriptions } from '#src/domain/subscriptions/subscriptions.ts';
import { Codes } from '#src/domain/transformations/codes.ts';
import { Executions } from '#src/domain/transformations/executions.ts';
import { DeliveryTransformer } from '#src/domain/transformations/run-for-delivery.ts';
import { CodeRunner } from '#src/domain/transformations/runtime/code-runner.ts';
import { Transformations } from '#src/domain/transformations/transformations.ts';
import { AnnouncementPoster } from '#src/pipeline/announcement-poster.ts';
import { Pipeline } from '#src/pipeline/pipeline.ts';
import { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import { Explanations } from '#src/pipeline/routing/explanations.ts';
import { exportedShapes, exportPresenters } from '#src/surfaces/api/export-presenters.ts';

export type Container = ReturnType<typeof createContainer>;

export interface ProcessOptions {
  /** Whether this process makes deliveries; it then supervises the queues too. */
  delivers: boolean;
  /** Whether this process accepts messages from outside. */
  accepts: boolean;
  clock?: Clock;
}

/**
 * Builds every long-lived part of a process once, without starting any: `background-parts.ts` says which ones start.
 */
export function createContainer(config: Config, { delivers, accepts, clock = systemClock }: ProcessOptions) {
  const infra = createInfra(config, { delivers, clock });
  const accounts = createAccounts(infra);
  const apps = createApps(infra, accounts);
  const log = createLog(infra, accounts);
  const pipeline = createPipeline({ ...infra, ...accounts, ...apps, ...log, delivers, accepts });
  const parts = { ...infra, ...accounts, ...apps, ...log, ...pipeline };
  const origin = config.http.baseUrl;
  return {
    ...parts,
    ownEndpoints: new OwnEndpoints(parts),
    announcementPoster: new AnnouncementPoster(parts),
    exports: new Exports({ ...parts, present: exportPresenters, origin }),
    imports: new Imports({ ...parts, origin, exportedShapes }),
    signatureDoctor: new SignatureDoctor(parts),
  };
}

/** Database, queue, outbound requests, logs. */
function createInfra(config: Config, { delivers, clock }: Required<Omit<ProcessOptions, 'accepts'>>) {
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

type Infra = ReturnType<typeof createInfra>;

/** Domain: accounts with their keys, members, mail, and Heroku. */
function createAccounts({ config, clock, logger, pool, models, queue, cipher, caller }: Infra) {
  const { heroku, secrets } = config;
  const { baseUrl } = config.http;
  const sendJob = queue.send;
  const mailPreferences = new MailPreferences({ pool, clock, appSecret: secrets.app, baseUrl });
  const mailer = new Mailer({ config, pool, queue, clock, logger, preferences: mailPreferences });
  const signInRates = new SignInRates({ pool, clock });
  const apiKeys = new ApiKeys({ models, clock, appSecret: secrets.app });
  const configKeys = new ConfigKeys({ models, clock, apiKeys, mailer, baseUrl });
  const canExchangeGrants = heroku.clientSecret !== undefined;
  return {
    mailer,
    mailPreferences,
    parkedJobMail: new ParkedJobMail({ config, queue, clock, logger }),
    apiKeys,
    configKeys,
    keyRotation: new KeyRotation({ pool, models, clock, apiKeys, configKeys, sendJob }),
    keyUses: new KeyUses({ pool, clock, logger }),
    apiRequests: new ApiRequests({ pool }),
    requestRecorder: new RequestRecorder({ pool, clock, logger }),
    namedKeys: new NamedKeys({ pool, clock, apiKeys }),
    announcements: new Announcements({ sendJob, clock }),
    auditEvents: new AuditEvents({ pool }),
    members: new Members({ pool, models, clock }),
    signUps: new SignUps({ pool, clock, mailer, appSecret: secrets.app, baseUrl }),
    passwordsOfPeople: new PasswordsOfPeople({ pool, clock, mailer, appSecret: secrets.app, baseUrl }),
    signInRates,
    secondStep: new SecondStep({ pool, clock, cipher, appSecret: secrets.app }),
    invitations: new Invitations({
      pool,
      models,
      clock,
      mailer,
      signInRates,
      appSecret: secrets.app,
      baseUrl,
    }),
    acceptances: new Acceptances({ pool, clock }),
    provisioning: new Provisioning({ pool, apiKeys, clock, sendJob, cipher, canExchangeGrants }),
    herokuPlatform: new HerokuPlatform({
      pool,
      cipher,
      clock,
      logger,
      caller,
      sendJob,
      heroku,
      baseUrl,
      keys: configKeys,
    }),
  };
}

type Accounts = ReturnType<typeof createAccounts>;

/** Domain: apps with their endpoints, subscriptions and event types. */
function createApps(
  infra: Infra,
  { announcements, mailer, mailPreferences }: Pick<Accounts, 'announcements' | 'mailer' | 'mailPreferences'>,
) {
  const { config, clock, logger, pool, sequelize, models, queue, cipher, addressPolicy } = infra;
  const { baseUrl } = config.http;
  const schemaChecker = new SchemaChecker({ logger });
  const codeRunner = new CodeRunner({ logger });
  const executions = new Executions({ pool, logger });
  const subscriptions = new Subscriptions({ models, clock, sequelize, announcements });
  const appSecret = config.secrets.app;
  const portalLinks = new PortalLinks({ pool, subscriptions, clock, appSecret, baseUrl });
  const channels = new Channels({ ...infra, sendJob: queue.send });
  const channelAlerts = new ChannelAlerts({ channels, clock, baseUrl });
  const subscriberAlerts = new SubscriberAlerts({ mailer, portalLinks, preferences: mailPreferences });
  return {
    apps: new Apps({ models, clock, sequelize }),
    webhookEvents: new WebhookEvents({ models, clock, schemaChecker, sequelize }),
    schemaChecker,
    codeRunner,
    transformations: new Transformations({ pool, clock, codeRunner }),
    executions,
    transformer: new DeliveryTransformer({ codes: new Codes({ pool }), codeRunner, executions, clock }),
    subscriptions,
    portalLinks,
    subscriberAlerts,
    channels,
    channelAlerts,
    endpoints: new Endpoints({ announcements, models, sequelize, clock, cipher, addressPolicy }),
    endpointSecrets: new EndpointSecrets({ pool, clock, cipher }),
    endpointAlerts: new EndpointAlerts({ ...infra, mailer, subscriberAlerts, channelAlerts }),
    endpointQueuePacer: new EndpointQueuePacer(infra),
    endpointProber: new EndpointProber({ pool, queue, clock, logger }),
    hookHelpers: new HookHelpers({ models, pool, clock, sequelize }),
    issues: new Issues({ pool, clock, announcements }),
  };
}

/** Domain: messages with their attempts, the quotas on them, replays, search and retention. */
function createLog(infra: Infra, { announcements, mailer }: Pick<Accounts, 'announcements' | 'mailer'>) {
  const { config, clock, logger, pool, queue, cipher } = infra;
  const warnings = new QuotaWarnings({ pool, logger, mailer, announcements, baseUrl: config.http.baseUrl });
  const quota = new MessageQuota({ pool, clock, logger, warnings });
  return {
    messages: new Messages({ pool }),
    attempts: new Attempts({ pool }),
    deliveryLog: new DeliveryLog({ pool }),
    deliveryCounts: new DeliveryCounts({ pool, clock }),
    idempotentRequests: new IdempotentRequests({ pool, cipher, clock, logger }),
    quota,
    publishRate: new PublishRate({ pool, clock, logger }),
    sampleRate: new SampleRate({ pool, clock }),
    appReplays: new AppReplays({ pool, clock }),
    evidenceLinks: new EvidenceLinks({
      pool,
      clock,
      appSecret: config.secrets.app,
      baseUrl: config.http.baseUrl,
    }),
    replays: new Replays({ pool, queue, clock, quota }),
    replayPacer: new ReplayPacer({ pool, queue, clock, logger }),
    searchIndex: new SearchIndex({ pool, clock, logger }),
    dailyRetention: new DailyRetention({ pool, clock, logger, sendJob: queue.send }),
  };
}

type PipelineDependencies = Infra &
  Pick<Accounts, 'announcements'> &
  Pick<ReturnType<typeof createApps>, 'schemaChecker' | 'transformer'> &
  Pick<ReturnType<typeof createLog>, 'messages' | 'publishRate' | 'quota' | 'sampleRate'> &
  Pick<ProcessOptions, 'delivers' | 'accepts'>;

/** The pipeline, its cache of routes, and the metrics of the process, which read its load. */
function createPipeline(deps: PipelineDependencies) {
  const { config, clock, logger, pool, metrics } = deps;
  const directory = new AppDirectory(deps);
  const pipeline = new Pipeline({ ...deps, directory });
  return {
    directory,
    pipeline,
    acceptor: pipeline.acceptor,
    sampleSender: pipeline.sampleSender,
    explanations: new Explanations({ pool }),
    metricsBoard: new MetricsBoard({
      pool,
      clock,
      logger,
      name: config.processName,
      read: () => [...metrics.families(), ...poolGauges(pool, pipeline.load)],
    }),
  };
}

const HEROKU_TIMEOUT_MS = 10_000;
/** The longest answer of Heroku that is read, in bytes; a page of a list has a hundredth of that. */
const HEROKU_MAX_BYTES = 2 * 1024 * 1024;

/** Connections of a process: one listens, two in five of the rest are the control plane's. */
function splitConnections(max: number): { control: number; data: number } {
  const control = Math.max(2, Math.floor((max - 1) * 0.4));
  return { control, data: max - 1 - control };
}
