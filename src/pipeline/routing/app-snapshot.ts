import type { SuccessPolicy } from '#src/domain/apps/app.ts';
import type { EndpointStatus, InactiveReason } from '#src/domain/endpoints/endpoint.ts';
import type { CompiledFilter } from '#src/domain/outbound-rules/filter.ts';
import type { RequestRules } from '#src/domain/outbound-rules/request-rules.ts';
import type { SentAs } from '#src/domain/messages/sent-as.ts';
import type { RetrySchedule } from '#src/domain/outbound-rules/retry-policy.ts';
import type { QueueRules } from '#src/domain/outbound-rules/queueing.ts';
import type { TransformationUse } from '#src/domain/transformations/run-for-delivery.ts';
import type { SigningKey } from './signing-key.ts';

/** What the pipeline knows of an app, as it was at one revision. */
export interface AppSnapshot extends SentAs {
  accountId: string;
  id: string;
  revision: string;
  successPolicy: SuccessPolicy;
  /** When its endpoints are tried again; `null`: by the service's default. */
  retrySchedule: RetrySchedule | null;
  eventTypes: Set<string>;
  /** The event types of messages that may not be posted to the whole app. */
  unicastTypes: Set<string>;
  /** The event types whose schemas are enforced. Their schemas are read when a message needs one. */
  enforced: Set<string>;
  /** Whether an endpoint has a filter. */
  hasFilters: boolean;
  endpoints: Map<string, RoutedEndpoint>;
}

export interface RoutedEndpoint {
  id: string;
  subscriptionId: string;
  url: string;
  /** `url`, parsed once for all attempts; `null` when it cannot be parsed. */
  target: URL | null;
  version: string;
  status: EndpointStatus;
  inactiveReason: InactiveReason | null;
  /** Whether the endpoint is marked as failing, so that its next success is written. */
  isFailing: boolean;
  /** Whether an issue of it may be open, so that its next success is written, too. */
  hasIssues: boolean;
  /** The event types, and patterns of such, that the endpoint receives; `null`: all. */
  eventTypes: Set<string> | null;
  /** Which messages it receives; `null`: all. */
  filter: CompiledFilter | null;
  /** `null`: it receives those of all channels. */
  channels: string[] | null;
  /** `null`: by that of the app. */
  retrySchedule: RetrySchedule | null;
  /** What its rules make of a request; null: they leave it as it is. */
  requestRules: RequestRules | null;
  /** How its deliveries wait; null: they do not. */
  queue: QueueRules | null;
  /** `null`: none. */
  transformation: TransformationUse | null;
  /** Newest first: the current secret, then the replaced ones that still sign. */
  signingKeys: SigningKey[];
}
