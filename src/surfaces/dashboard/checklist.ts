import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { demoApp } from '#src/domain/apps/demo-app.ts';
import { oldestEndpoint } from '#src/domain/endpoints/account-endpoints.ts';
import { firstPage } from '#src/infra/lib/paging.ts';

export interface Step {
  title: string;
  /** What the article about the add-on, and our other pages, call it. */
  also: string;
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

const PAGE = '/getting_started';

type Parts = Pick<Container, 'apps' | 'attempts' | 'config' | 'models' | 'subscriptions' | 'webhookEvents'>;

/**
 * The steps from an empty account to the first delivered webhook, each with whether the account has done it. What the
 * demo did is not counted, because nobody learnt anything by it.
 */
export async function readChecklist(container: Parts, accountId: string): Promise<Checklist> {
  const { apps, subscriptions, webhookEvents } = container;
  const demo = await demoApp(container, accountId);
  const [app, event, subscription, endpoint] = await Promise.all([
    apps.oldest(accountId, demo),
    webhookEvents.oldest(accountId, demo),
    subscriptions.oldest(accountId, demo),
    oldestEndpoint(container, accountId, demo),
  ]);
  const latest = await latestAttempt(container, { accountId, app, demo });
  const steps: Step[] = [
    {
      title: 'Set up an app',
      also: 'Setup New App',
      text: 'An app groups the webhook events that you send and the subscribers who receive them.',
      isDone: app !== null,
      href: PAGE,
      action: 'Set up an app',
    },
    {
      title: 'Create a webhook event',
      also: 'Add More Events',
      text: 'Name something that happens, like order.created, and give it a sample payload.',
      isDone: event !== null,
      href: PAGE,
      action: 'Create a webhook event',
    },
    {
      title: 'Add a subscriber',
      also: 'Add New Subscriber',
      text: 'A subscriber is a customer of yours who wants to hear about it.',
      isDone: subscription !== null,
      href: PAGE,
      action: 'Add a subscriber',
    },
    {
      title: 'Add an endpoint',
      also: 'View, Add Event',
      text: 'The URL that we send to, and the events that it gets. No URL yet? A Hook Helper gives you one.',
      isDone: endpoint !== null,
      href: PAGE,
      action: 'Add an endpoint',
    },
    {
      title: 'Send a test message',
      also: 'Sending A Webhook Message',
      text: 'See it signed, delivered and logged.',
      isDone: latest.length > 0,
      href: `${PAGE}#send`,
      action: 'Send a test message',
    },
  ];
  const done = steps.filter(({ isDone }) => isDone).length;
  return { steps, done, isComplete: done === steps.length };
}

/** Beside the demo those of the first app alone are looked at. */
async function latestAttempt(
  { attempts }: Parts,
  { accountId, app, demo }: { accountId: string; app: App | null; demo: App | null },
) {
  if (demo === null) return attempts.latest(accountId, 1);
  return app === null ? [] : attempts.page(app, {}, firstPage(1));
}
