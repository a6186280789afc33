import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { type RetrySchedule, scheduleOf } from '#src/domain/outbound-rules/retry-policy.ts';
import type { QueueRules } from '#src/domain/outbound-rules/queueing.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { createDutyCycle } from '#src/infra/lib/duty-cycle.ts';
import { type Message, webhookBody } from '#src/domain/messages/message.ts';
import type { Poster, PostRequest } from '#src/infra/outbound/post.ts';
import { asSent } from '#src/domain/transformations/as-sent.ts';
import type { OutgoingContent } from '#src/domain/transformations/apply.ts';
import type {
  DeliveryTransformer,
  Transformed,
  TransformationUse,
} from '#src/domain/transformations/run-for-delivery.ts';
import type { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import type { AppSnapshot, RoutedEndpoint } from '#src/pipeline/routing/app-snapshot.ts';
import { outcomeOf } from './attempt-outcome.ts';
import { isSuccessStatus } from './decide.ts';
import { OAuthTokens } from './oauth-tokens.ts';
import { possibleDuplicate, requestHeaders } from './request-headers.ts';
import { RulesSender, type SendResult } from './send-by-rules.ts';
import { type DeliveryOutcome, notAttempted } from '#src/domain/deliveries/delivery-outcome.ts';
import type { EndpointHold } from '#src/domain/deliveries/endpoint-hold.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies {
  directory: AppDirectory;
  poster: Poster;
  transformer: Pick<DeliveryTransformer, 'transform'>;
  clock: Clock;
  metrics: Pick<ProcessMetrics, 'attempts' | 'attemptSeconds'>;
  retryDelaysSeconds: number[];
  /** Of one attempt. */
  timeoutMs: number;
  /** Of this software, for the user agent. */
  version: string;
}

interface Target {
  app: AppSnapshot;
  endpoint: RoutedEndpoint;
}

/** What bounds a send from outside. */
export interface SendLimits {
  /** Whether an attempt could outlast the lease: then the delivery is snoozed. */
  isTooLate: () => boolean;
  /** Whether there is memory for a body of so many characters, which a transformation made; if not, it is snoozed. */
  mayGrow: (characters: number) => boolean;
}

/** Signing and encoding more characters than that occupies the event loop for a millisecond or more. */
const LARGE_CHARACTERS = 256 * 1024;

/** How long a delivery waits when too many transformations of its account run. */
const BUSY_SECONDS = 5;

/**
 * Makes one attempt of a delivery, against the endpoint as it is now: it may have been deleted or turned off since
 * routing.
 */
export class Sender {
  readonly #deps: Dependencies;
  readonly #schedule: RetrySchedule;
  readonly #rulesSender: RulesSender;
  readonly #turnOfLarge = createDutyCycle({ isOneATurn: true });

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#schedule = scheduleOf(deps.retryDelaysSeconds);
    this.#rulesSender = new RulesSender({ ...deps, tokens: new OAuthTokens(deps) });
  }

  /** Resolves to the outcome. Throws when the database does not answer. */
  async send(delivery: LeasedDelivery, limits: SendLimits): Promise<DeliveryOutcome> {
    const { accountId, data } = delivery.message;
    if (data.length > LARGE_CHARACTERS) await this.#turnOfLarge(accountId);
    const target =
      this.#cachedTargetOf(delivery, limits.isTooLate) ?? (await this.#targetOf(delivery, limits.isTooLate));
    if ('state' in target) return target;
    const { transformation } = target.endpoint;
    if (transformation === null) return await this.attempt(delivery, target);
    const transformed = await this.transform(delivery.message, target.app, transformation);
    // The run may have waited, and a change governs the next attempt.
    const now = await this.#targetOf(delivery, limits.isTooLate);
    if ('state' in now) return now;
    if (!isSameUse(transformation, now.endpoint.transformation)) return this.send(delivery, limits);
    const nowMs = this.#deps.clock.now();
    if (transformed.kind !== 'sent') return notAttempted(delivery, unsentAs(transformed.kind, nowMs));
    return limits.mayGrow(transformed.content.body.length)
      ? this.attempt(delivery, now, transformed)
      : notAttempted(delivery, unsentAs('busy', nowMs));
  }

  /** As {@link #targetOf} if the cache has what it takes, else undefined: most deliveries wait for no promise. */
  #cachedTargetOf(delivery: LeasedDelivery, isTooLate: () => boolean): Target | DeliveryOutcome | undefined {
    const app = this.#deps.directory.cached(delivery.message.appId);
    if (app === undefined || !takes(app, delivery)) return undefined;
    return this.#targetIn(app, delivery, isTooLate);
  }

  /** Where the delivery goes now; or its outcome, when it goes nowhere. */
  async #targetOf(delivery: LeasedDelivery, isTooLate: () => boolean): Promise<Target | DeliveryOutcome> {
    const { appId } = delivery.message;
    // What a stale endpoint held after it was turned on again, nothing would send.
    const app = await this.#deps.directory.getUnstale(appId, (cached) => takes(cached, delivery));
    return this.#targetIn(app, delivery, isTooLate);
  }

  #targetIn(
    app: AppSnapshot | null,
    delivery: LeasedDelivery,
    isTooLate: () => boolean,
  ): Target | DeliveryOutcome {
    // The database may have taken longer than the lease lasts, and so may the run of a transformation.
    if (isTooLate()) return notAttempted(delivery, { retryInSeconds: 0, nowMs: this.#deps.clock.now() });
    const endpoint = app?.endpoints.get(delivery.endpointId);
    // The account is compared, because another account may have taken the ids of what was deleted.
    if (app?.accountId !== delivery.message.accountId || endpoint === undefined)
      return notAttempted(delivery, 'discarded');
    if (!takes(app, delivery)) return notAttempted(delivery, delivery.missedAs ?? 'held');
    if (endpoint.queue !== null && !mayGo(endpoint.queue, delivery)) return this.#queue(delivery);
    return { app, endpoint };
  }

  /** What the transformation makes of the message. Throws when the database does not answer. */
  async transform(message: Message, app: AppSnapshot, use: TransformationUse): Promise<Transformed> {
    return this.#deps.transformer.transform(message, use, app.headerPrefix);
  }

  /** The delivery waits in the queue of its endpoint. */
  #queue(delivery: LeasedDelivery): DeliveryOutcome {
    return notAttempted(delivery, {
      retryInSeconds: 0,
      nowMs: this.#deps.clock.now(),
      entersQueue: true,
    });
  }

  /** The URL of an endpoint as it is now; undefined when it is gone. Throws when the database does not answer. */
  async urlOf({
    appId,
    endpointId,
  }: Pick<EndpointHold, 'appId' | 'endpointId'>): Promise<string | undefined> {
    return (await this.#deps.directory.get(appId))?.endpoints.get(endpointId)?.url;
  }

  /**
   * Makes the attempt, whether the endpoint is on or off. Resolves to the outcome; never rejects for the receiver's
   * sake.
   */
  async attempt(
    delivery: LeasedDelivery,
    { app, endpoint }: Target,
    transformed: { content: OutgoingContent; executionId: string } | null = null,
  ): Promise<DeliveryOutcome & { attempt: Attempt }> {
    const attemptedAtMs = this.#deps.clock.now();
    const message = transformed === null ? delivery.message : asSent(delivery.message, transformed.content);
    const body = webhookBody(message);
    const { trigger } = delivery;
    const attemptNumber = delivery.attemptsMade + 1;
    const { version } = this.#deps;
    const isPossibleDuplicate = delivery.mayHaveBeenSent === true;
    const request = {
      app,
      endpoint,
      message,
      body,
      attemptNumber,
      attemptedAtMs,
      trigger,
      isPossibleDuplicate,
      version,
    };
    const url = endpoint.target ?? endpoint.url;
    const common: Omit<PostRequest, 'url' | 'headers'> = {
      body,
      owner: endpoint.id,
      account: app.accountId,
      repeatHeaders: () => possibleDuplicate(app.own),
      isSuccess: (statusCode) => isSuccessStatus(app.successPolicy, statusCode),
    };
    const { requestRules: rules } = endpoint;
    const result = await (rules === null
      ? this.#deps.poster.post({ ...common, url, headers: requestHeaders(request) })
      : this.#rulesSender.send({ ...request, url }, rules, common));
    this.#measure(result);
    const ended = {
      delivery,
      app,
      endpoint,
      attemptNumber,
      attemptedAtMs,
      endedAtMs: this.#deps.clock.now(),
      executionId: transformed?.executionId ?? null,
      defaultSchedule: this.#schedule,
    };
    return outcomeOf(ended, result);
  }

  #measure({ outcome, statusCode, durationMs }: SendResult): void {
    const { attempts, attemptSeconds } = this.#deps.metrics;
    attempts.add(outcome === 'status' ? classOf(statusCode) : outcome);
    attemptSeconds.observe(durationMs / 1000);
  }
}

/** Whether the code and what it is told are the same; they are other objects after any change of the app. */
const isSameUse = (one: TransformationUse, other: TransformationUse | null): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

function unsentAs(kind: Exclude<Transformed['kind'], 'sent'>, nowMs: number) {
  if (kind === 'busy') return { retryInSeconds: BUSY_SECONDS * (1 + Math.random()), nowMs };
  return { ignoredFor: kind === 'ignored' ? ('filtered' as const) : ('transformation_failed' as const) };
}

/** Whether the endpoint is on, or off and the delivery is a probe of it. */
function takes(app: AppSnapshot | null, delivery: LeasedDelivery): boolean {
  const endpoint = app?.endpoints.get(delivery.endpointId);
  return endpoint !== undefined && (endpoint.status === 'active' || isProbeOf(endpoint, delivery));
}

/** Whether the delivery is sent now: its queue released it and is not paused since, or it is a probe. */
function mayGo({ isPaused }: QueueRules, { isQueued, trigger }: LeasedDelivery): boolean {
  return trigger === 'probe' || (isQueued === true && !isPaused);
}

/** Whether the attempt is a probe of an endpoint that exhausted attempts turned off, not a person and not a 410. */
function isProbeOf({ inactiveReason }: RoutedEndpoint, { trigger }: LeasedDelivery): boolean {
  return trigger === 'probe' && inactiveReason === 'attempts_exhausted';
}

/** The label of a metric, of which there are few, whatever status a receiver invents. */
function classOf(statusCode: number | null): string {
  const hundreds = Math.floor((statusCode ?? 0) / 100);
  return hundreds >= 2 && hundreds <= 5 ? `${String(hundreds)}xx` : 'other';
}
