import type { Pool } from 'pg';
import type { Config } from '#src/config.ts';
import type { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import type { Notifications } from '#src/infra/database/notifications.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Messages } from '#src/domain/messages/messages.ts';
import type { Poster } from '#src/infra/outbound/post.ts';
import type { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import type { PublishRate } from '#src/domain/quotas/publish-rate.ts';
import type { TestRate } from '#src/domain/quotas/sample-rate.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';
import { Acceptor } from '#src/pipeline/accept/acceptor.ts';
import { Admission } from '#src/pipeline/accept/plan-gate.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import { Collector } from '#src/pipeline/fetch/job-fetcher.ts';
import { Dispatcher } from '#src/pipeline/dispatch/dispatcher.ts';
import { Enforcement } from '#src/pipeline/accept/schema-gate.ts';
import { handBack } from '#src/pipeline/fetch/return-jobs.ts';
import { Intake } from '#src/pipeline/accept/intake.ts';
import { Sender } from '#src/pipeline/send/sender.ts';
import { TestSender } from './sample-sender.ts';
import { Settler } from '#src/pipeline/settle/outcome-writer.ts';

interface Dependencies {
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
  testRate: TestRate;
  metrics: ProcessMetrics;
  schemaChecker: SchemaChecker;
  /** Whether this process delivers; if not, it leaves what it accepts to those that do. */
  delivers: boolean;
}

/** The way of a message: accept -> route -> intake -> dispatch -> send -> settle, and the collector that feeds what is due. */
export class Pipeline {
  readonly acceptor: Acceptor;
  readonly testSender: TestSender;
  readonly #deps: Dependencies;
  readonly #intake: Intake;
  readonly #settler: Settler;
  readonly #dispatcher: Dispatcher;
  readonly #collector: Collector;

  constructor(deps: Dependencies) {
    const { config } = deps;
    const { leaseSeconds, retryDelaysSeconds, timeoutMs } = config.delivery;
    const sender = new Sender({ ...deps, retryDelaysSeconds, version: config.version });
    this.#deps = deps;
    this.#settler = new Settler(deps);
    this.#dispatcher = new Dispatcher({ ...deps, sender, settler: this.#settler, timeoutMs, leaseSeconds });
    this.#collector = new Collector({ ...deps, dispatcher: this.#dispatcher, leaseSeconds });
    this.#intake = new Intake({ ...deps, leaseSeconds, dispatcher: deps.delivers ? this.#dispatcher : null });
    this.acceptor = new Acceptor({
      ...deps,
      intake: this.#intake,
      admission: new Admission(deps),
      enforcement: new Enforcement(deps.schemaChecker),
    });
    this.testSender = new TestSender({ ...deps, intake: this.#intake, sender });
  }

  /** Deliveries in memory, and those of them that are being sent. */
  get load(): { inFlight: number; pending: number } {
    return this.#dispatcher.load;
  }

  start(): void {
    if (!this.#deps.delivers) return;
    this.#deps.notifications.on('deliveries', () => {
      this.#collector.wake();
    });
    this.#collector.start();
  }

  /** Finishes what is under way, and hands back what is not. Nothing may be accepted any more. */
  async stop(): Promise<void> {
    await this.#intake.drained();
    await this.#deps.quota.stop();
    if (!this.#deps.delivers) return;
    await this.#collector.stop();
    await this.#dispatcher.stop();
    await this.#settler.stop();
    await handBack(this.#dispatcher.unsettledLeases(), this.#deps);
  }
}
