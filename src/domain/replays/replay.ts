export type ReplayStatus = 'running' | 'done' | 'cancelled';
/** What can be replayed in bulk: deliveries that were given up, and those that were kept while the endpoint was off. */
export const REPLAYABLE_STATES = ['failed', 'held'] as const;
export type ReplayableState = (typeof REPLAYABLE_STATES)[number];

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
  states: readonly ReplayableState[];
  eventType?: string | undefined;
}
