import type { Pool } from 'pg';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { type Change, recordChange } from '#src/domain/audit/record-change.ts';
import { pipelined } from '#src/infra/database/pipelined.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, NotFound, PaymentRequired, TooManyRequests, Unavailable } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { App } from '#src/domain/apps/app.ts';
import { type Message, webhookBody } from '#src/domain/messages/message.ts';
import { sentAs } from '#src/domain/messages/sent-as.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import type { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import type { SampleRate } from '#src/domain/quotas/sample-rate.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import type { AppSnapshot, RoutedEndpoint } from '#src/pipeline/routing/app-snapshot.ts';
import type { Intake } from '#src/pipeline/accept/intake.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import { recordAttempts } from '#src/pipeline/settle/record-attempts.ts';
import { requestHeaders } from '#src/pipeline/send/request-headers.ts';
import type { Sender } from '#src/pipeline/send/sender.ts';
import { signingKeyOf } from '#src/pipeline/routing/signing-key.ts';
import type { PostResult } from '#src/infra/outbound/outcome.ts';
import type { Poster } from '#src/infra/outbound/post.ts';

const MAX_AT_ONCE = FIXED_LIMITS.testsAtOnce.max;

interface Dependencies {
  pool: Pool;
  directory: AppDirectory;
  intake: Intake;
  sender: Sender;
  quota: MessageQuota;
  sampleRate: SampleRate;
  poster: Poster;
  clock: Clock;
  /** Of this software, for the user agent. */
  version: string;
}

/** A sample for a URL that is not saved. */
export interface Trial {
  accountId: string;
  app: App;
  subscriptionId: string;
  /** Of the endpoint, or what stands for it. */
  endpointId: string;
  url: string;
  version: string;
  /** Signs it. */
  secret: string;
  /** What the audit log says of it: the object of which the form is, and more. */
  audited: Pick<Change, 'object' | 'details'>;
  eventType: string;
  /** JSON. */
  dataText: string;
}

interface Sample {
  accountId: string;
  appId: string;
  endpointId: string;
  eventType: string;
  /** JSON. */
  dataText: string;
  /** The account whose sample it is, where the endpoint is one of our own app: its tests are counted. */
  onBehalfOf?: string;
}

/** Sends a sample to an endpoint at once, also to one that is off. The attempt is logged, and never retried. */
export class SampleSender {
  readonly #deps: Dependencies;
  readonly #inFlight = new Map<string, number>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * Resolves to the logged attempt, when the endpoint has answered or the deadline is over. Throws TooManyRequests
   * while {@link MAX_AT_ONCE} samples of the account are in flight and over the sample rate, because samples bypass
   * fair queueing and the publish rate. Throws PaymentRequired over the month's quota, in which a sample counts like
   * any message. Throws NotFound when the endpoint is gone.
   */
  async send(sample: Sample): Promise<Attempt> {
    const { accountId, onBehalfOf = accountId } = sample;
    return this.#limited(onBehalfOf, () => this.#sendWithinQuota(sample));
  }

  /**
   * Sends a sample to a URL that is not saved as an endpoint's. The audit log tells of it before it is sent; nothing
   * else is logged or counted, and no credentials are sent. Resolves to how it ended. Throws TooManyRequests as
   * {@link send} does. The address policy governs.
   */
  async tryOut(trial: Trial): Promise<PostResult> {
    const { clock, pool, poster, version } = this.#deps;
    const { accountId, app, audited, url, secret, endpointId, eventType, dataText } = trial;
    const attemptedAtMs = clock.now();
    const message = sampleMessage(
      { ...trial, appId: app.id },
      { id: uuidv7(attemptedAtMs), eventType, dataText },
    );
    const body = webhookBody(message);
    const headers = requestHeaders({
      ...{
        message,
        body,
        attemptNumber: 1,
        trigger: 'test',
        isPossibleDuplicate: false,
        attemptedAtMs,
        version,
      },
      endpoint: { id: endpointId, signingKeys: [signingKeyOf(secret)] },
      app: sentAs(app),
    });
    const change = { accountId, appId: app.id, action: 'endpoint.tried' as const, ...audited };
    return this.#limited(accountId, async () => {
      await recordChange({ db: pool, clock }, change);
      return poster.post({ url, headers, body, owner: `trial ${accountId}`, account: accountId });
    });
  }

  async #limited<T>(sender: string, send: () => Promise<T>): Promise<T> {
    const inFlight = this.#inFlight.get(sender) ?? 0;
    if (inFlight >= MAX_AT_ONCE) {
      throw new TooManyRequests('Several tests are under way. Try again when they have ended.', {
        retryAfterSeconds: 5,
      });
    }
    this.#inFlight.set(sender, inFlight + 1);
    try {
      await this.#deps.sampleRate.take(sender);
      return await send();
    } finally {
      const left = (this.#inFlight.get(sender) ?? 1) - 1;
      if (left === 0) this.#inFlight.delete(sender);
      else this.#inFlight.set(sender, left);
    }
  }

  async #sendWithinQuota(sample: Sample): Promise<Attempt> {
    const release = await this.#deps.quota.reserve(sample.accountId, 1, { isSlow: true });
    if (release instanceof PaymentRequired) throw release;
    try {
      return await this.#send(sample);
    } finally {
      release();
    }
  }

  /** Sends the sample. The app is read again once, because an endpoint is often tested right after it was saved. */
  async #send(sample: Sample, isSecondTry = false): Promise<Attempt> {
    const { appId, endpointId, eventType, dataText } = sample;
    const { clock, directory, intake, pool, sender } = this.#deps;
    const app = await directory.get(appId);
    const endpoint = app?.endpoints.get(endpointId);
    if (app === null || endpoint === undefined) {
      directory.forget(appId);
      if (!isSecondTry) return this.#send(sample, true);
      throw new NotFound('The endpoint is gone.');
    }

    const id = uuidv7(clock.now());
    const { version, subscriptionId } = endpoint;
    const { accountId } = app;
    const to = { accountId, appId, endpointId, version, subscriptionId };
    const message = sampleMessage(to, { id, eventType, dataText });
    const transformed = await this.#transform(message, app, endpoint);
    const result = await intake.add({ message, held: [], ignored: [], revision: app.revision });
    if (result !== 'accepted') {
      directory.forget(appId);
      if (!isSecondTry) return this.#send(sample, true);
      throw new Unavailable('The app was changed just now. Try again.', { retryAfterSeconds: 1 });
    }

    const lease = new Lease({ jobId: id, data: {}, expiresAtMs: Infinity });
    const delivery = {
      message,
      endpointId,
      attemptsMade: 0,
      dueAt: null,
      trigger: 'test' as const,
      lease,
      bytes: 0,
    };
    const outcome = await sender.attempt(delivery, { app, endpoint }, transformed);
    const attempt = { ...outcome.attempt, nextAttemptAt: null };
    await pipelined(pool, [(client) => recordAttempts(client, [attempt])]);
    return attempt;
  }
  /** Null: nothing changes it. Throws Conflict when the transformation lets nothing be sent. */
  async #transform(message: Message, app: AppSnapshot, { transformation: use }: RoutedEndpoint) {
    if (use === null) return null;
    const transformed = await this.#deps.sender.transform(message, app, use);
    if (transformed.kind === 'sent') return transformed;
    throw new Conflict(
      `The endpoint's transformation sends nothing of this sample: ${WHY_NOT[transformed.kind]}`,
    );
  }
}

function sampleMessage(
  to: Pick<Message, 'accountId' | 'appId' | 'version'> & { endpointId: string; subscriptionId: string },
  { id, eventType, dataText }: { id: string; eventType: string; dataText: string },
): Message {
  const { accountId, appId, endpointId, subscriptionId, version } = to;
  return {
    ...{ id, accountId, appId, eventType, version, subscriptionId, endpointId },
    overridePayload: false,
    eventId: null,
    endpointIds: [],
    deliveriesCount: 0,
    headers: null,
    channels: null,
    deliverAt: null,
    contentType: null,
    data: dataText,
  };
}

const WHY_NOT = {
  ignored: 'it answered null.',
  failed: 'it failed. Its executions say why.',
  busy: 'too many transformations are running. Try again in a few seconds.',
};
