import type { Container } from '#src/container.ts';
import { oldestEndpoint } from '#src/domain/endpoints/account-endpoints.ts';

export interface Step {
  title: string;
  text: string;
  isDone: boolean;
  href: string;
  action: string;
}

export interface Checklist {
  steps: Step[];
  done: number;
  isComplete: boolean;
}

/** The steps from an empty account to the first delivered webhook, each with whether the account has done it. */
export async function readChecklist(
  container: Pick<Container, 'apps' | 'attempts' | 'models' | 'subscriptions' | 'webhookEvents'>,
  accountId: string,
): Promise<Checklist> {
  const { apps, attempts, subscriptions, webhookEvents } = container;
  const [app, event, subscription, endpoint, latest] = await Promise.all([
    apps.oldest(accountId),
    webhookEvents.oldest(accountId),
    subscriptions.oldest(accountId),
    oldestEndpoint(container, accountId),
    attempts.latest(accountId, 1),
  ]);
  const appId = endpoint?.appId ?? subscription?.appId ?? app?.id;
  const inApp = (path: string) => (appId === undefined ? '/apps/new' : `/apps/${appId}${path}`);
  const newEndpoint =
    subscription === null
      ? inApp('/subscriptions/new')
      : `/apps/${subscription.appId}/subscriptions/${subscription.id}/endpoints/new`;
  const steps: Step[] = [
    {
      title: 'Set up an app',
      text: 'An app groups the webhook events that you send and the subscribers who receive them.',
      isDone: app !== null,
      href: '/apps/new',
      action: 'Set up an app',
    },
    {
      title: 'Create a webhook event',
      text: 'Name something that happens, like order.created, and give it a sample payload.',
      isDone: event !== null,
      href: inApp('/webhook_events/new'),
      action: 'Create a webhook event',
    },
    {
      title: 'Add a subscriber',
      text: 'A subscriber is a customer of yours who wants to hear about it.',
      isDone: subscription !== null,
      href: inApp('/subscriptions/new'),
      action: 'Add a subscriber',
    },
    {
      title: 'Add an endpoint',
      text: 'The URL that we send to. No URL yet? A Hook Helper gives you one.',
      isDone: endpoint !== null,
      href: newEndpoint,
      action: 'Add an endpoint',
    },
    {
      title: 'Send a test message',
      text: 'See it signed, delivered and logged.',
      isDone: latest.length > 0,
      href: inApp('#send-test'),
      action: 'Send a test message',
    },
  ];
  const done = steps.filter(({ isDone }) => isDone).length;
  return { steps, done, isComplete: done === steps.length };
}
