import type { Throttle } from '#src/infra/lib/throttle.ts';

/** The part of an account's log whose time is over. */
export interface OldLog {
  accountId: string;
  nowMs: number;
  /** The first id that is young enough to stay. */
  beforeId: string;
  pace: Throttle;
}
