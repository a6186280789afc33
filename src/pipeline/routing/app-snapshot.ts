import type { SuccessPolicy } from '#src/domain/apps/app.ts';
import type { EndpointStatus, InactiveReason } from '#src/domain/endpoints/endpoint.ts';
import type { SigningKey } from './signing-key.ts';

/** All that the pipeline needs to know of an app, as it was at one revision. */
export interface AppSnapshot {
  accountId: string;
  id: string;
  revision: string;
  successPolicy: SuccessPolicy;
  /** Null: the service's own. */
  retryDelaysSeconds: number[] | null;
  headerPrefix: string;
  eventTypes: Set<string>;
  /** Of the event types whose messages are held to schemas. */
  schemas: Map<string, EnforcedSchemas>;
  endpoints: Map<string, RoutedEndpoint>;
}

/** JSON Schemas as texts. */
export interface EnforcedSchemas {
  byVersion: Map<string, string>;
  /** Of all other versions; null: anything. */
  others: string | null;
}

export interface RoutedEndpoint {
  id: string;
  subscriptionId: string;
  url: string;
  /** Parsed once, for all that is sent there; null if it cannot be. */
  target: URL | null;
  version: string;
  status: EndpointStatus;
  inactiveReason: InactiveReason | null;
  /** Known to fail: its next success is worth writing down. */
  isFailing: boolean;
  /** Null: all of them. */
  eventTypes: Set<string> | null;
  retryDelaysSeconds: number[] | null;
  /** Newest first: the first one is the present secret, the others are those that it replaced. */
  signingKeys: SigningKey[];
}
