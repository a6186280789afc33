/** The lists of an app, by the last part of their address. */
export type ViewedList = 'messages' | 'deliveries' | 'webhook_attempts';

/** Filters of a list that have a name, for all people of the account. */
export interface SavedView {
  id: string;
  accountId: string;
  appId: string;
  list: ViewedList;
  name: string;
  /** As the address of the list carries them, with the `?`. */
  query: string;
}
