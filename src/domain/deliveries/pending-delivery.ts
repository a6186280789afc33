import type { AttemptTrigger } from '#src/domain/attempts/attempt.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { MissedState } from './delivery.ts';
import type { Lease } from './lease.ts';

/** An outstanding delivery, with what its next attempt needs. */
export interface PendingDelivery {
  message: Message;
  endpointId: string;
  /** How many attempts were made before the next one. */
  attemptsMade: number;
  /** The time that the row is scheduled for, in ISO 8601; `null` when there is no row. */
  dueAt: string | null;
  trigger: AttemptTrigger;
  /** Whether another process may have sent it, and what came of that is unknown. */
  mayHaveBeenSent?: true | undefined;
  /** Whether it was released from the queue of its endpoint. */
  isQueued?: true | undefined;
  /** Of a probe: the state that the delivery returns to when the probe fails. */
  missedAs?: MissedState | undefined;
}

/** A pending delivery that this process holds in memory, under a lease. */
export interface LeasedDelivery extends PendingDelivery {
  lease: Lease;
  /** The part of the message's data that the memory budget counts for this delivery. */
  bytes: number;
}
