import type { AttemptTrigger } from '#src/domain/attempts/attempt.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { MissedState } from '#src/infra/queue/jobs.ts';
import type { Lease } from './lease.ts';

/** A delivery that this process is to attempt. */
export interface LeasedDelivery {
  message: Message;
  endpointId: string;
  /** Before this one. */
  attemptsMade: number;
  /** When it was due, as its row said when it was taken; null when it had no row. */
  dueAt: string | null;
  trigger: AttemptTrigger;
  /** Of a probe: what the delivery is again when it fails. */
  missedAs?: MissedState | undefined;
  lease: Lease;
  /** Of memory: its part of the message's body. */
  bytes: number;
}

export type PendingDelivery = Omit<LeasedDelivery, 'lease' | 'bytes'>;
