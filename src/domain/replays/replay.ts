import type { MissedState } from '#src/domain/deliveries/delivery.ts';

export type ReplayStatus = 'running' | 'done' | 'cancelled';
/** A bulk replay to one endpoint. */
export interface Replay {
  id: string;
  status: ReplayStatus;
  /** Deliveries that matched when it was asked for. */
  total: number;
  /** Those that were handed to the pipeline so far. */
  done: number;
  createdAt: Date;
}

export interface ReplayFilter {
  since?: Date | undefined;
  until?: Date | undefined;
  states: readonly MissedState[];
  eventType?: string | undefined;
}
