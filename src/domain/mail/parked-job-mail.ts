import type { Config } from '#src/config.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { createTransport, type Transport } from './transport.ts';

interface Dependencies {
  config: Pick<Config, 'mail' | 'isProduction'>;
  queue: Pick<JobQueue, 'reportParked'>;
  clock: Clock;
  logger: Logger;
  pollMs?: number;
}

const POLL_MS = 60_000;

/**
 * Mails the operator about jobs that were parked, one mail for all that are new. Not by way of the table of mails,
 * because its job could be the one that is parked. A mail that could not be sent is tried again with the next poll.
 */
export class ParkedJobMail {
  readonly #deps: Dependencies;
  readonly #transport: Transport | null;
  readonly #poller: Poller;
  readonly #stopped = Promise.withResolvers<never>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#stopped.promise.catch(() => undefined);
    const { smtpUrl, from, operator } = deps.config.mail;
    const { isProduction } = deps.config;
    const canSend = smtpUrl !== undefined && operator !== undefined;
    this.#transport = canSend ? createTransport({ smtpUrl, from, isProduction }) : null;
    this.#poller = new Poller({
      poll: async () => {
        await deps.queue.reportParked((queues) => this.#send(queues));
        return false;
      },
      intervalMs: deps.pollMs ?? POLL_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'the operator could not be told of parked jobs; trying again');
      },
    });
  }

  start(): void {
    if (this.#transport !== null) this.#poller.start();
  }

  /** Does not wait for a mail server that is silent: another process sends the mail. */
  async stop(): Promise<void> {
    this.#stopped.reject(new Error('This process stops'));
    await this.#poller.stop();
    await this.#transport?.close();
  }

  async #send(queues: string[]): Promise<void> {
    const nowMs = this.#deps.clock.now();
    const count = queues.length === 1 ? 'A job was' : `${String(queues.length)} jobs were`;
    const sent = this.#transport?.send({
      id: uuidv7(nowMs),
      recipient: this.#deps.config.mail.operator ?? '',
      subject: `HostedHooks: ${count} parked`,
      text: textOf(count, queues),
      createdAt: new Date(nowMs),
    });
    await Promise.race([sent, this.#stopped.promise]);
  }
}

const textOf = (
  count: string,
  queues: string[],
) => `${count} set aside, because several processes ended with each such job.

Of the queues: ${[...new Set(queues)].sort().join(', ')}.

The log says "job parked" for each, with what it names. Look in the log for how the processes ended: most often they
ran out of memory. Deliveries of the queue "deliver" have failed and can be replayed by their account. Work of the other
queues is taken up again by the next release. /metrics counts parked jobs as hostedhooks_parked_jobs.
`;
