import type { PoolClient } from 'pg';
import { countBacklog, MAX_COUNTED } from '#src/domain/deliveries/count-backlog.ts';
import type { Mailer } from '#src/domain/mail/mailer.ts';
import type { MailPreferences } from '#src/domain/mail/mail-preferences.ts';
import type { AlertKind, SubscriberEndpoint } from '#src/domain/mail/templates.ts';
import type { PortalLinks } from '#src/domain/subscriptions/portal-links.ts';
import { adviceOn, type Alerted, MAIL_KIND } from './alerted-endpoints.ts';
import {
  type AlertedOfSubscriber,
  type AlertedSubscriber,
  selectAlertedSubscribers,
  selectSubscriberEndpoints,
} from './subscriber-alert-rows.ts';

interface Dependencies {
  mailer: Pick<Mailer, 'enqueue'>;
  portalLinks: Pick<PortalLinks, 'make'>;
  preferences: Pick<MailPreferences, 'linkFor'>;
}

/** How long the button of a mail opens the portal. */
const LINK_SECONDS = 7 * 86_400;

/** The page of the portal to which the button of a mail leads. */
const PAGES: Record<AlertKind, (endpointId: string) => string> = {
  'endpoint-failing': (id) => `endpoints/${id}/repair`,
  'endpoint-disabled': (id) => `endpoints/${id}/repair`,
  'endpoint-recovered': (id) => `endpoints/${id}`,
  'issue-opened': (id) => `endpoints/${id}/repair`,
  'issue-resolved': (id) => `endpoints/${id}`,
  'secret-rotated': (id) => `endpoints/${id}`,
};

/** Mails to subscribers about their endpoints, one for each of their addresses. */
export class SubscriberAlerts {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Writes the mails, in the transaction of `client`. Subscribers without an address are told nothing. */
  async mail(client: PoolClient, alerted: Alerted): Promise<void> {
    const subscribers = await selectAlertedSubscribers(client, {
      ...alerted,
      mailKind: MAIL_KIND[alerted.kind],
    });
    for (const subscriber of subscribers) {
      const endpoints = await selectSubscriberEndpoints(client, alerted, subscriber);
      for (const email of subscriber.emails)
        await this.#mailTo(client, { alerted, subscriber, endpoints, email });
    }
  }

  async #mailTo(client: PoolClient, { alerted, subscriber, endpoints, email }: Letter): Promise<void> {
    const { accountId, kind } = alerted;
    const { provider, isWhiteLabel, count } = subscriber;
    const reader = { accountId, subscriptionId: subscriber.id, email };
    const advice = await adviceOn(client, { ...alerted, endpointIds: endpoints.map(({ id }) => id) });
    const listed: SubscriberEndpoint[] = [];
    for (const { id, ...endpoint } of endpoints) {
      const { failed, held, scheduled } = await countBacklog(
        client,
        { accountId, id },
        { upTo: MAX_COUNTED },
      );
      const link = this.#linkTo(subscriber, { kind, endpointId: id, email });
      const missed = failed + held;
      listed.push({ ...endpoint, missed, waiting: scheduled, advice: advice.get(id) ?? null, link });
    }
    const sender = isWhiteLabel ? provider : `${provider}, webhooks by HostedHooks`;
    const why = `your address is that of ${subscriber.name} at ${provider}`;
    await this.#deps.mailer.enqueue(client, {
      accountId,
      to: [{ address: email, why, preferencesUrl: this.#deps.preferences.linkFor(reader) }],
      template: 'subscriber-alert',
      data: { kind, sender, provider, count, endpoints: listed },
    });
  }

  /** Good without signing in, for what the mail asks to do, and not for the secrets. */
  #linkTo(subscriber: AlertedSubscriber, { kind, endpointId, email }: Target): string {
    const { url } = this.#deps.portalLinks.make(subscriber, {
      expiresInSeconds: LINK_SECONDS,
      capabilities: ['view', 'endpoints', 'replay'],
      path: PAGES[kind](endpointId),
      email,
    });
    return url;
  }
}

interface Letter {
  alerted: Alerted;
  subscriber: AlertedSubscriber;
  endpoints: AlertedOfSubscriber[];
  email: string;
}

interface Target {
  kind: AlertKind;
  endpointId: string;
  email: string;
}
