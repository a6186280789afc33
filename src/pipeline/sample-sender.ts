import type { Pool } from 'pg';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { pipelined } from '#src/infra/database/pipelined.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { NotFound, TooManyRequests, Unavailable } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { type Message, webhookBody } from '#src/domain/messages/message.ts';
import type { SampleRate } from '#src/domain/quotas/sample-rate.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import type { Intake } from '#src/pipeline/accept/intake.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import { recordAttempts } from '#src/pipeline/settle/record-attempts.ts';
import type { Sender } from '#src/pipeline/send/sender.ts';

const MAX_AT_ONCE = 5;

interface Dependencies {
  pool: Pool;
  directory: AppDirectory;
  intake: Intake;
  sender: Sender;
  sampleRate: SampleRate;
  clock: Clock;
}

interface Sample {
  accountId: string;
  appId: string;
  endpointId: string;
  eventType: string;
  /** JSON. */
  dataText: string;
}

/** Sends an endpoint a sample at once, also when it is off: logged like any attempt, but never repeated. */
export class SampleSender {
  readonly #deps: Dependencies;
  readonly #inFlight = new Map<string, number>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * Resolves when the endpoint has answered or the deadline is over, with the attempt as it is logged. Throws
   * TooManyRequests while several tests of the same account are under way, because they take no turns with deliveries, and
   * when there were too many of late, because they cost no messages.
   */
  async send(test: Sample): Promise<Attempt> {
    const inFlight = this.#inFlight.get(test.accountId) ?? 0;
    if (inFlight >= MAX_AT_ONCE) {
      throw new TooManyRequests('Several tests are under way. Try again when they have ended.', {
        retryAfterSeconds: 5,
      });
    }
    this.#inFlight.set(test.accountId, inFlight + 1);
    try {
      await this.#deps.sampleRate.take(test.accountId);
      return await this.#send(test);
    } finally {
      const left = (this.#inFlight.get(test.accountId) ?? 1) - 1;
      if (left === 0) this.#inFlight.delete(test.accountId);
      else this.#inFlight.set(test.accountId, left);
    }
  }

  /** What is tested was often saved a moment ago: then the app is read again. */
  async #send(test: Sample, isSecondTry = false): Promise<Attempt> {
    const { appId, endpointId, eventType, dataText } = test;
    const { clock, directory, intake, pool, sender } = this.#deps;
    const app = await directory.get(appId);
    const endpoint = app?.endpoints.get(endpointId);
    if (app === null || endpoint === undefined) {
      directory.forget(appId);
      if (!isSecondTry) return this.#send(test, true);
      throw new NotFound('The endpoint is gone.');
    }

    const id = uuidv7(clock.now());
    const fields = { id, eventType, version: endpoint.version, overridePayload: false };
    const message: Message = {
      ...fields,
      accountId: app.accountId,
      appId,
      eventId: null,
      subscriptionId: endpoint.subscriptionId,
      endpointId,
      endpointIds: [],
      deliveriesCount: 0,
      headers: null,
      deliverAt: null,
      contentType: null,
      data: dataText,
    };
    const result = await intake.add({ message, held: [], revision: app.revision, isFree: true });
    if (result !== 'accepted') {
      directory.forget(appId);
      if (!isSecondTry) return this.#send(test, true);
      throw new Unavailable('The app was changed just now. Try again.', { retryAfterSeconds: 1 });
    }

    const lease = new Lease({ jobId: id, data: {}, expiresAtMs: Infinity });
    const delivery = {
      message,
      body: () => webhookBody(message),
      endpointId,
      attemptsMade: 0,
      dueAt: null,
      trigger: 'test' as const,
      lease,
      bytes: 0,
    };
    const outcome = await sender.attempt(delivery, app, endpoint);
    const attempt = { ...outcome.attempt, nextAttemptAt: null };
    await pipelined(pool, [(client) => recordAttempts(client, [attempt])]);
    return attempt;
  }
}
