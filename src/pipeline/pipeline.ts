import type { Pool } from 'pg';
import type { Config } from '#src/config.ts';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import type { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import type { DeliveryTransformer } from '#src/domain/transformations/run-for-delivery.ts';
import type { Notifications } from '#src/infra/database/notifications.ts';
import { preparedCommitsEnd } from '#src/infra/database/prepared-commits.ts';
import { engineOf } from '#src/infra/database/two-phase.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Messages } from '#src/domain/messages/messages.ts';
import type { Poster } from '#src/infra/outbound/post.ts';
import { readHold } from '#src/domain/deliveries/endpoint-hold.ts';
import type { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import type { PublishRate } from '#src/domain/quotas/publish-rate.ts';
import type { SampleRate } from '#src/domain/quotas/sample-rate.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';
import { Acceptor } from '#src/pipeline/accept/acceptor.ts';
import { AppGate } from '#src/pipeline/accept/app-gate.ts';
import { AudienceGate } from '#src/pipeline/accept/audience-gate.ts';
import { PlanGate } from '#src/pipeline/accept/plan-gate.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import { JobFetcher } from '#src/pipeline/fetch/job-fetcher.ts';
import { Dispatcher } from '#src/pipeline/dispatch/dispatcher.ts';
import { EnforcedSchemas } from '#src/pipeline/accept/enforced-schemas.ts';
import { SchemaGate } from '#src/pipeline/accept/schema-gate.ts';
import { returnJobs } from '#src/pipeline/fetch/return-jobs.ts';
import { Intake } from '#src/pipeline/accept/intake.ts';
import { Sender } from '#src/pipeline/send/sender.ts';
import { SampleSender } from './sample-sender.ts';
import { parkJob } from '#src/pipeline/settle/park-job.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';

interface Dependencies {
  announcements: Announcements;
  config: Pick<Config, 'delivery' | 'version'>;
  pool: Pool;
  queue: JobQueue;
  directory: AppDirectory;
  messages: Messages;
  notifications: Notifications;
  poster: Poster;
  clock: Clock;
  logger: Logger;
  quota: MessageQuota;
  publishRate: PublishRate;
  sampleRate: SampleRate;
  metrics: ProcessMetrics;
  schemaChecker: SchemaChecker;
  transformer: DeliveryTransformer;
  /** Whether this process delivers. If not, other processes deliver what it accepts. */
  delivers: boolean;
  /** Whether this process accepts messages from outside. */
  accepts: boolean;
}

/** Builds, starts and stops the stages (README.md): accept -> route -> dispatch -> send -> settle, and the fetcher. */
export class Pipeline {
  readonly acceptor: Acceptor;
  readonly sampleSender: SampleSender;
  readonly #deps: Dependencies;
  readonly #intake: Intake;
  readonly #outcomeWriter: OutcomeWriter;
  readonly #dispatcher: Dispatcher;
  readonly #fetcher: JobFetcher;

  constructor(deps: Dependencies) {
    const { config } = deps;
    const { leaseSeconds, retryDelaysSeconds, timeoutMs } = config.delivery;
    const sender = new Sender({ ...deps, retryDelaysSeconds, timeoutMs, version: config.version });
    this.#deps = deps;
    this.#outcomeWriter = new OutcomeWriter(deps);
    this.#dispatcher = new Dispatcher({
      ...deps,
      sender,
      outcomeWriter: this.#outcomeWriter,
      timeoutMs,
      leaseSeconds,
    });
    this.#fetcher = new JobFetcher({
      ...deps,
      dispatcher: this.#dispatcher,
      leaseSeconds,
      park: (job, client) => parkJob(deps, job, client),
      whenMissing: engineOf(deps.pool) === 'citus' ? () => preparedCommitsEnd(deps.pool) : undefined,
    });
    this.#intake = new Intake({ ...deps, leaseSeconds, dispatcher: deps.delivers ? this.#dispatcher : null });
    const schemaGate = new SchemaGate(deps.schemaChecker, new EnforcedSchemas(deps.pool));
    this.acceptor = new Acceptor({
      ...deps,
      intake: this.#intake,
      planGate: new PlanGate(deps),
      appGate: new AppGate({ ...deps, schemaGate }),
      audienceGate: new AudienceGate(deps),
    });
    this.sampleSender = new SampleSender({ ...deps, intake: this.#intake, sender, version: config.version });
  }

  /** How many deliveries are in memory, and how many of these are in flight. */
  get load(): { inFlight: number; pending: number } {
    return this.#dispatcher.load;
  }

  start(): void {
    if (!this.#deps.delivers) return;
    this.#deps.notifications.on('deliveries', () => {
      this.#fetcher.wake();
    });
    this.#deps.notifications.on('endpoint_holds', (payload) => {
      const hold = readHold(payload, this.#outcomeWriter.id);
      if (hold !== null) this.#dispatcher.hold(hold);
    });
    this.#fetcher.start();
  }

  /** Ends the sends in flight and returns the jobs of the other deliveries. To be called when nothing is accepted. */
  async stop(): Promise<void> {
    await this.#intake.drained();
    await this.#deps.quota.stop();
    if (!this.#deps.delivers) return;
    await this.#fetcher.stop();
    await this.#dispatcher.stop();
    await this.#outcomeWriter.stop();
    await returnJobs(this.#dispatcher.openLeases(), this.#deps);
  }
}
