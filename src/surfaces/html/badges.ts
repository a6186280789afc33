import type { Attempt, AttemptOutcome } from '#src/domain/attempts/attempt.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import { shownStateOf, STATE_LABELS, type Tone } from '#src/domain/deliveries/state-labels.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';

export interface Badge {
  tone: Tone;
  label: string;
}

/** An attempt succeeded or failed; the colour also says whether a failed one was the last. */
export function attemptBadge({
  succeeded,
  nextAttemptAt,
}: Pick<LoggedAttempt, 'nextAttemptAt' | 'succeeded'>): Badge {
  if (succeeded) return { tone: 'success', label: 'Succeeded' };
  return { tone: nextAttemptAt === null ? 'danger' : 'warning', label: 'Failed' };
}

/** The state of a delivery, as people read it. */
export function deliveryBadge(delivery: Pick<Delivery, 'attemptsMade' | 'nextAttemptAt' | 'state'>): Badge {
  const { tone, label } = STATE_LABELS[shownStateOf(delivery)];
  return { tone, label };
}

type EndpointState = Pick<Endpoint, 'failingSince' | 'inactiveReason' | 'status'> & {
  pausedAt?: Date | null;
};

export function endpointBadge({ status, inactiveReason, failingSince, pausedAt }: EndpointState): Badge {
  if (status === 'active' && pausedAt != null) return { tone: 'info', label: 'Paused' };
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
  auth_failed: 'No credentials',
  parked: 'Set aside',
};
