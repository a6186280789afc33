import type { Attempt, AttemptOutcome } from '#src/domain/attempts/attempt.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import type { Delivery, DeliveryState } from '#src/domain/deliveries/delivery.ts';
import { STATE_LABELS, type Tone } from '#src/domain/deliveries/state-labels.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';

export interface Badge {
  tone: Tone;
  label: string;
}

/** The badge of a failed attempt also says whether another one follows, or has followed. */
export function attemptBadge({ succeeded, nextAttemptAt, wasFollowed }: LoggedAttempt): Badge {
  if (succeeded) return { tone: 'success', label: 'Succeeded' };
  if (nextAttemptAt === null) return badgeOf('failed');
  return wasFollowed ? { tone: 'warning', label: 'Retried' } : badgeOf('scheduled');
}

export function deliveryBadge({ state }: Pick<Delivery, 'state'>): Badge {
  return badgeOf(state);
}

function badgeOf(state: DeliveryState): Badge {
  const { tone, label } = STATE_LABELS[state];
  return { tone, label };
}

export function endpointBadge({ status, inactiveReason, failingSince }: Endpoint): Badge {
  if (status === 'active') {
    return failingSince === null ? { tone: 'success', label: 'On' } : { tone: 'warning', label: 'Failing' };
  }
  return inactiveReason === null
    ? { tone: 'neutral', label: 'Off' }
    : { tone: 'danger', label: 'Turned off' };
}

/** The status code of the answer, or the reason for no answer in at most three words. */
export function resultOf({ outcome, statusCode }: Pick<Attempt, 'outcome' | 'statusCode'>): string {
  return outcome === 'status' && statusCode !== null ? String(statusCode) : (RESULTS[outcome] ?? outcome);
}

const RESULTS: Partial<Record<AttemptOutcome, string>> = {
  timeout: 'Timed out',
  refused: 'Refused',
  reset: 'Reset',
  dns: 'DNS failed',
  tls: 'TLS failed',
  blocked_address: 'Address blocked',
  too_large: 'Answer too large',
  redirected: 'Redirected',
  invalid_response: 'Not HTTP',
  connection: 'No connection',
  parked: 'Set aside',
};
