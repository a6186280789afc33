import type { Message } from '../messages/message.ts';
import type { DeliveryTrigger } from '../queue/jobs.ts';
import type { Lease } from './lease.ts';

/** A delivery that this process is to attempt. */
export interface Work {
  message: Message;
  endpointId: string;
  /** Before this one. */
  attemptsMade: number;
  trigger: DeliveryTrigger;
  lease: Lease;
}

export type NewWork = Omit<Work, 'lease'>;
