import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import type { Outcome } from '#src/infra/outbound/outcome.ts';

export type Tone = 'success' | 'warning' | 'danger' | 'info' | 'neutral';

export interface Badge {
  tone: Tone;
  label: string;
}

/** A failed attempt whose successor is due was retried by now: it says so, and not that it will be. */
export function attemptBadge({ succeeded, nextAttemptAt }: Attempt, now: number): Badge {
  if (succeeded) return { tone: 'success', label: 'Succeeded' };
  if (nextAttemptAt === null) return { tone: 'danger', label: 'Failed' };
  return { tone: 'warning', label: nextAttemptAt.getTime() > now ? 'Retrying' : 'Retried' };
}

export function endpointBadge({ status, inactiveReason, failingSince }: Endpoint): Badge {
  if (status === 'active') {
    return failingSince === null ? { tone: 'success', label: 'On' } : { tone: 'warning', label: 'Failing' };
  }
  return inactiveReason === null
    ? { tone: 'neutral', label: 'Off' }
    : { tone: 'danger', label: 'Turned off' };
}

/** The answer's status, or in two words why there was none. */
export function resultOf({ outcome, statusCode }: Pick<Attempt, 'outcome' | 'statusCode'>): string {
  return outcome === 'status' && statusCode !== null ? String(statusCode) : (RESULTS[outcome] ?? outcome);
}

const RESULTS: Partial<Record<Outcome, string>> = {
  timeout: 'Timed out',
  refused: 'Refused',
  reset: 'Reset',
  dns: 'Name not found',
  tls: 'TLS failed',
  blocked_address: 'Address blocked',
  too_large: 'Answer too large',
  redirected: 'Redirected',
  invalid_response: 'Not HTTP',
  connection: 'No connection',
};
