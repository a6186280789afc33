import type { IgnoreReason, ReplayableState } from '#src/domain/deliveries/delivery.ts';

/** `queued`: it waits for another replay of its endpoint. */
export type ReplayStatus = 'queued' | 'running' | 'done' | 'cancelled';

/** A bulk replay of deliveries that one endpoint missed. */
export interface Replay {
  id: string;
  status: ReplayStatus;
  /** Deliveries that matched when the replay was started; more while `done` goes beyond it. */
  total: number;
  /** Deliveries that were rescheduled so far. */
  done: number;
  createdAt: Date;
}

export interface ReplayFilter {
  /** Bounds of the message's creation. */
  since?: Date | undefined;
  until?: Date | undefined;
  /** None with `ofMissing`. */
  states: readonly ReplayableState[];
  /** Whether it is about messages that the endpoint would get now and has no delivery of. */
  ofMissing?: boolean | undefined;
  eventType?: string | undefined;
}

/** Which deliveries of an app are to be sent again; all that is given has to hold. */
export interface AppReplayFilter extends ReplayFilter {
  /** Of what is ignored. */
  reason?: IgnoreReason | undefined;
  /** Of the answer to the last attempt; 0: there was none. */
  statusCode?: number | undefined;
  endpointId?: string | undefined;
  subscriptionId?: string | undefined;
  /** Words that the message or an attempt holds, as the search of attempts reads them. */
  query?: string | undefined;
}

/** What a replay by filter would send, or was to send. */
export interface Estimate {
  /** Deliveries that match, at endpoints that are on. */
  total: number;
  /** False: the totals say at least how many, because not all that might match was looked at. */
  isExact: boolean;
  endpoints: number;
  /** What is left out, because its endpoint is off. */
  endpointsOff: number;
  deliveriesOff: number;
}

/** A replay by filter, which a replay of each endpoint carries out. */
export interface AppReplay extends Estimate {
  id: string;
  status: Exclude<ReplayStatus, 'queued'>;
  /** Deliveries that were rescheduled so far. */
  done: number;
  filter: object;
  createdAt: Date;
}
