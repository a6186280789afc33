/** Whom a message is for: every endpoint of the app, those of one subscriber, or one endpoint. */
export interface MessageTarget {
  accountId: string;
  appId: string;
  subscriptionId: string | null;
  endpointId: string | null;
}
