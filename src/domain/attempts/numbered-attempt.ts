import type { Attempt } from './attempt.ts';
import type { LoggedAttempt } from './logged-attempt.ts';

export type DeliveryOfAttempts = Pick<Attempt, 'accountId' | 'endpointId' | 'messageId'>;

/** An attempt with its place among those of its delivery. */
export interface NumberedAttempt extends LoggedAttempt {
  /** The replay that it belongs to, from 1; 0: made before any replay. */
  replay: number;
}

/** What an attempt is called: attempts are numbered anew by each replay, so it is named beside them. */
export function nameOfAttempt({
  attemptNumber,
  replay,
  trigger,
}: Pick<NumberedAttempt, 'attemptNumber' | 'replay' | 'trigger'>): string {
  if (trigger === 'test') return 'Test';
  if (trigger === 'probe') return 'Probe';
  const attempt = `attempt ${String(attemptNumber)}`;
  return replay === 0 ? `A${attempt.slice(1)}` : `Replay ${String(replay)}, ${attempt}`;
}
