/** The lists of an app, and the pages on which what they list is changed. */
export const pathsOfLists = (
  appPath: string,
  { eventId, subscriptionId }: { eventId: string; subscriptionId: string },
): Record<string, string> => ({
  'app-subscribers': `${appPath}/subscriptions`,
  'app-endpoints': `${appPath}/endpoints?sort=subscriber`,
  'app-events': `${appPath}/webhook_events`,
  'events-none': `${appPath}/webhook_events?q=nothing.such`,
  'event-new': `${appPath}/webhook_events/new`,
  'event-edit': `${appPath}/webhook_events/${eventId}/edit`,
  'subscriber-new': `${appPath}/subscriptions/new`,
  subscriber: `${appPath}/subscriptions/${subscriptionId}`,
  people: `${appPath}/subscriptions/${subscriptionId}/people`,
  'subscriber-edit': `${appPath}/subscriptions/${subscriptionId}/edit`,
});
