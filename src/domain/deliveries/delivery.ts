export type DeliveryState = 'pending' | 'delivered' | 'scheduled' | 'failed' | 'held' | 'discarded';

/** How a message fares at one endpoint. */
export interface Delivery {
  messageId: string;
  endpointId: string;
  state: DeliveryState;
  attemptsMade: number;
  nextAttemptAt: Date | null;
}

/** How many deliveries an endpoint missed: given up, or kept for it. */
export interface Missed {
  failed: number;
  held: number;
}
