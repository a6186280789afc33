import {
  type Delivery,
  isMissedState,
  isOutstandingState,
  isReplayableState,
} from '#src/domain/deliveries/delivery.ts';
import { REASON_SENTENCES } from '#src/domain/deliveries/state-labels.ts';
import type { EndpointAddress } from '#src/domain/endpoints/account-endpoints.ts';
import type { BulkAction } from '#src/domain/replays/bulk-actions.ts';

/** What can be done about a delivery where it is listed: a button, and the form that it posts. */
export interface DeliveryAction {
  href: string;
  fields: [name: string, value: string][];
  label: string;
  /** What is said besides, to those who hear the page. */
  hint: string;
  /** Whether it changes the endpoint, too. */
  isEdit: boolean;
}

/** Null where nothing can be done: an attempt is to come anyway, the delivery is done for, or its endpoint is gone. */
export function deliveryAction(
  { endpointId, messageId, state }: Delivery,
  endpoint: (EndpointState & Pick<EndpointAddress, 'appId' | 'url'>) | undefined,
): DeliveryAction | null {
  if (endpoint === undefined) return null;
  const { appId, pausedAt, status, url } = endpoint;
  const bulk = (action: BulkAction, label: string, hint: string): DeliveryAction => ({
    href: `/apps/${appId}/endpoints/bulk`,
    fields: [
      ['endpoints', endpointId],
      ['action', action],
    ],
    ...{ label, hint, isEdit: true },
  });
  if (status !== 'active') {
    return isMissedState(state)
      ? bulk('turn_on_and_replay', 'Turn on, replay all', `that ${url} missed`)
      : null;
  }
  if (isOutstandingState(state)) return pausedAt == null ? null : bulk('resume', 'Resume', url);
  const isForced = state === 'delivered';
  if (!isForced && !isReplayableState(state)) return null;
  return {
    href: `/apps/${appId}/messages/${messageId}/replay`,
    fields: [['endpoint_id', endpointId], ...(isForced ? [['force', 'true'] as [string, string]] : [])],
    label: isForced ? 'Send again' : 'Replay',
    hint: `to ${url}`,
    isEdit: false,
  };
}

/** Why it is in its state, as a sentence for lists; null where the state says enough. */
export function whyInState(
  { reason, state }: Pick<Delivery, 'reason' | 'state'>,
  endpoint: EndpointState | undefined,
): string | null {
  if (reason !== null) return REASON_SENTENCES[reason];
  if (state === 'held') {
    if (endpoint === undefined) return 'The endpoint was deleted.';
    return endpoint.status === 'active' ? 'The endpoint was off.' : 'The endpoint is off.';
  }
  const isPaused = endpoint?.status === 'active' && endpoint.pausedAt != null;
  return isPaused && isOutstandingState(state) ? 'The endpoint is paused.' : null;
}

type EndpointState = Pick<EndpointAddress, 'pausedAt' | 'status'>;
