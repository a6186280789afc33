import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import type { SchemaChecker } from '../event-schemas/schema-checker.ts';
import type { Notifications } from '../database/notifications.ts';
import type { Clock } from '../lib/clock.ts';
import type { Messages } from '../messages/messages.ts';
import type { Poster } from '../outbound/post.ts';
import type { MessageQuota } from '../quotas/message-quota.ts';
import type { PublishRate } from '../quotas/publish-rate.ts';
import type { TestRate } from '../quotas/test-rate.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ProcessMetrics } from '../telemetry/process-metrics.ts';
import { Acceptor } from './accept.ts';
import { Admission } from './admission.ts';
import type { AppDirectory } from './app-directory.ts';
import { Collector } from './collect.ts';
import { Dispatcher } from './dispatch.ts';
import { Enforcement } from './enforcement.ts';
import { handBack } from './hand-back.ts';
import { Intake } from './intake.ts';
import { Sender } from './send.ts';
import { TestSender } from './send-test.ts';
import { Settler } from './settle.ts';

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
