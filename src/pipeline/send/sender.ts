import { randomUUID } from 'node:crypto';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { PostResult, PostTimings } from '#src/infra/outbound/outcome.ts';
import type { Poster } from '#src/infra/outbound/post.ts';
import type { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import type { AppSnapshot, RoutedEndpoint } from '#src/pipeline/routing/app-snapshot.ts';
import { type Decision, decide } from './decide.ts';
import { requestHeaders } from './request-headers.ts';
import { type DeliveryOutcome, notAttempted } from '#src/domain/deliveries/delivery-outcome.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies {
  directory: AppDirectory;
  poster: Poster;
  clock: Clock;
  metrics: Pick<ProcessMetrics, 'attempts' | 'attemptSeconds'>;
  retryDelaysSeconds: number[];
  /** Of this software, for the user agent. */
  version: string;
}

interface AttemptContext {
  delivery: LeasedDelivery;
  app: AppSnapshot;
  endpoint: RoutedEndpoint;
  attemptNumber: number;
  attemptedAtMs: number;
}

/** Makes one attempt of a delivery, against the endpoint as it is now: it may be gone or off since it was routed. */
export class Sender {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** `isTooLate`: whether the attempt could still be under way when another has the delivery. */
  async send(delivery: LeasedDelivery, isTooLate: () => boolean): Promise<DeliveryOutcome> {
    const app = await this.#deps.directory.get(delivery.message.appId);
    // The database may have kept us waiting for longer than the lease lasts.
    if (isTooLate()) return notAttempted(delivery, { retryInSeconds: 0, nowMs: this.#deps.clock.now() });
    const endpoint = app?.endpoints.get(delivery.endpointId);
    // Also when another account has taken the ids of what was deleted: nobody gets what is not theirs.
    if (app?.accountId !== delivery.message.accountId || endpoint === undefined)
      return notAttempted(delivery, 'discarded');
    if (endpoint.status === 'active' || isProbeOf(endpoint, delivery))
      return this.attempt(delivery, app, endpoint);
    return notAttempted(delivery, delivery.missedAs ?? 'held');
  }

  /** Makes the attempt, whether the endpoint is on or off. */
  async attempt(
    delivery: LeasedDelivery,
    app: AppSnapshot,
    endpoint: RoutedEndpoint,
  ): Promise<DeliveryOutcome & { attempt: Attempt }> {
    const attemptedAtMs = this.#deps.clock.now();
    const body = delivery.body();
    const sending = { delivery, app, endpoint, attemptNumber: delivery.attemptsMade + 1, attemptedAtMs };
    const result = await this.#deps.poster.post({
      url: endpoint.target ?? endpoint.url,
      headers: requestHeaders({ ...sending, message: delivery.message, body, version: this.#deps.version }),
      body,
      owner: endpoint.id,
    });
    this.#measure(result);
    return this.#settle(sending, result);
  }

  #measure({ outcome, statusCode, durationMs }: PostResult): void {
    const { attempts, attemptSeconds } = this.#deps.metrics;
    attempts.add(outcome === 'status' ? classOf(statusCode) : outcome);
    attemptSeconds.observe(durationMs / 1000);
  }

  #settle(sending: AttemptContext, result: PostResult): DeliveryOutcome & { attempt: Attempt } {
    const { delivery, app, endpoint, attemptNumber } = sending;
    const nowMs = this.#deps.clock.now();
    const decision = decide({
      result,
      successPolicy: app.successPolicy,
      retryDelaysSeconds:
        endpoint.retryDelaysSeconds ?? app.retryDelaysSeconds ?? this.#deps.retryDelaysSeconds,
      attemptNumber,
      isProbe: delivery.trigger === 'probe',
      nowMs,
      random: Math.random(),
    });
    const { retryInSeconds } = decision;
    const nextAttemptAt = retryInSeconds === null ? null : new Date(nowMs + retryInSeconds * 1000);
    return {
      delivery,
      id: randomUUID(),
      wasSent: true,
      attempt: attemptOf(sending, result, { succeeded: decision.succeeded, nextAttemptAt }),
      state: stateAfter(decision, delivery),
      attemptsMade: attemptNumber,
      retryInSeconds,
      nextAttemptAt,
      // News only: of endpoints that are well, and of those that fail all the time, nothing is written.
      recovers: decision.succeeded && (endpoint.isFailing || delivery.trigger === 'probe'),
      warns: decision.warns && !endpoint.isFailing,
      turnsOff: decision.turnsOff,
    };
  }
}

/** Whether the endpoint is to be tried although it is off. Meanwhile a person may have turned it off, or it said 410. */
function isProbeOf({ inactiveReason }: RoutedEndpoint, { trigger }: LeasedDelivery): boolean {
  return trigger === 'probe' && inactiveReason === 'attempts_exhausted';
}

function stateAfter(
  { succeeded, retryInSeconds }: Decision,
  { missedAs }: LeasedDelivery,
): DeliveryOutcome['state'] {
  if (succeeded) return 'delivered';
  return retryInSeconds === null ? (missedAs ?? 'failed') : 'scheduled';
}

function attemptOf(
  { delivery, endpoint, attemptNumber, attemptedAtMs }: AttemptContext,
  result: PostResult,
  { succeeded, nextAttemptAt }: { succeeded: boolean; nextAttemptAt: Date | null },
): Attempt {
  const { message } = delivery;
  const durationMs = Math.round(result.durationMs);
  return {
    id: uuidv7(attemptedAtMs + durationMs),
    attemptedAt: new Date(attemptedAtMs),
    accountId: message.accountId,
    appId: message.appId,
    messageId: message.id,
    endpointId: endpoint.id,
    subscriptionId: endpoint.subscriptionId,
    eventType: message.eventType,
    attemptNumber,
    trigger: delivery.trigger,
    outcome: result.outcome,
    succeeded,
    statusCode: result.statusCode,
    durationMs,
    timings: inWholeMs(result.timings),
    errorMessage: succeeded ? '' : result.errorMessage || answeredWith(endpoint.url, result.statusCode),
    responseHeaders: result.headers,
    responseBody: result.bodyExcerpt,
    nextAttemptAt,
  };
}

function inWholeMs({ dnsMs, connectMs, tlsMs, firstByteMs }: PostTimings): PostTimings {
  const whole = (ms: number | null) => (ms === null ? null : Math.round(ms));
  return {
    dnsMs: whole(dnsMs),
    connectMs: whole(connectMs),
    tlsMs: whole(tlsMs),
    firstByteMs: whole(firstByteMs),
  };
}

/** Whatever a receiver thinks up, there are few of them. */
function classOf(statusCode: number | null): string {
  const hundreds = Math.floor((statusCode ?? 0) / 100);
  return hundreds >= 2 && hundreds <= 5 ? `${String(hundreds)}xx` : 'other';
}

function answeredWith(url: string, statusCode: number | null): string {
  return `${new URL(url).host} answered ${String(statusCode)}.`;
}
