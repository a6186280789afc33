/** The tags of the operations in reading order, each with its description and a pattern for its paths. */
export const TAGS = [
  {
    name: 'Apps',
    description: 'What you send webhooks from: an app groups event types and subscribers.',
    path: /^\/apps(\/:app)?$/,
  },
  {
    name: 'Webhook events',
    description: 'The types of event that an app sends.',
    path: /\/webhook_events(\/|$)/,
  },
  {
    name: 'Transformations',
    description: 'Code of yours that changes what is sent to an endpoint, or keeps it from being sent.',
    path: /\/transformations(\/|$)/,
  },
  {
    name: 'Subscriptions',
    description: 'Subscribers: your customers, each with their endpoints.',
    path: /\/subscriptions(\/:\w+)?$/,
  },
  {
    name: 'Endpoints',
    description: 'URLs of subscribers that webhooks are sent to.',
    // Paths below an endpoint that post messages or list attempts have the tags of those nouns.
    path: /\/endpoints(\/|$)(?!.*\/(messages|webhook_attempts)$)/,
  },
  {
    name: 'Messages',
    description:
      'What happened at your side, posted once; it becomes a webhook to every endpoint that wants it.',
    path: /\/(messages|publish)(\/|$)/,
  },
  {
    name: 'Deliveries',
    description: 'Messages on their way to one endpoint each: what came of them, and sending them again.',
    path: /^\/apps\/:app\/(deliveries|replays)(\/|$)/,
  },
  {
    name: 'Filters',
    description: 'Which messages an endpoint receives, tried before they govern it.',
    path: /\/filters(\/|$)/,
  },
  {
    name: 'Webhook attempts',
    description: 'The log: one entry for each request to an endpoint.',
    path: /\/webhook_attempts(\/|$)/,
  },
  {
    name: 'Portal',
    description: 'Links by which subscribers help themselves.',
    path: /\/portal_links$|\/subscriptions\/.*\/invitations(\/|$)/,
  },
  {
    name: 'Hook Helpers',
    description: 'Built-in receivers, to look at what arrives there.',
    path: /^\/hook_helpers(\/|$)/,
  },
  {
    name: 'Team',
    description: 'People of the account, and who is invited.',
    path: /^\/account\/(members|invitations)(\/|$)/,
  },
  { name: 'Account', description: 'The account that the API key belongs to.', path: /./ },
];

export function tagOf(path: string): string {
  return TAGS.find((tag) => tag.path.test(path))?.name ?? 'Account';
}
