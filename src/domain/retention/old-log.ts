import type { Throttle } from '#src/infra/lib/throttle.ts';

/** The part of an account's log that is older than its plan keeps. */
export interface OldLog {
  accountId: string;
  nowMs: number;
  /** The first id that stays. */
  beforeId: string;
  throttle: Throttle;
}
