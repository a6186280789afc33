import type { ReplayableState } from '#src/domain/deliveries/delivery.ts';

export type ReplayStatus = 'running' | 'done' | 'cancelled';

/** A bulk replay of deliveries that one endpoint missed. */
export interface Replay {
  id: string;
  status: ReplayStatus;
  /** Deliveries that matched when the replay was started. */
  total: number;
  /** Deliveries that were rescheduled so far. */
  done: number;
  createdAt: Date;
}

export interface ReplayFilter {
  /** Bounds of the message's creation. */
  since?: Date | undefined;
  until?: Date | undefined;
  states: readonly ReplayableState[];
  eventType?: string | undefined;
}
