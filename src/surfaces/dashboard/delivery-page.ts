import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { NumberedAttempt } from '#src/domain/attempts/numbered-attempt.ts';
import type { Container } from '#src/container.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import type { EvidenceLink } from '#src/domain/evidence-links/evidence-link.ts';
import { type Message, messageCreatedAt } from '#src/domain/messages/message.ts';
import { type BegunReplay, begunReplays } from '#src/domain/replays/begun-replays.ts';
import { attemptPart, type DeliveryStory, outcomeOf, readStory } from '#src/surfaces/html/delivery-story.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { appHead } from './apps.ts';
import { curlOfAttempt } from './attempt-curl.ts';
import { deliveryAction } from './delivery-action.ts';
import { EVIDENCE_LIFETIMES, USUAL_LIFETIME } from './evidence-form.ts';
import { receivedBy } from './received-by.ts';
import { whyItIsOff } from './why-it-is-off.ts';

const PAGE_SIZE = 25;

export type StoryParts = Pick<
  Container,
  | 'apps'
  | 'config'
  | 'endpoints'
  | 'evidenceLinks'
  | 'executions'
  | 'explanations'
  | 'hookHelpers'
  | 'issues'
  | 'messages'
  | 'pool'
>;

const pageNumber = z.coerce.number().int().min(1).max(100_000).catch(1);

/** The story of a message at one endpoint, from its acceptance to where it stands. */
export function deliveryStoryPages(container: StoryParts): Router {
  const pages = new PageRoutes();

  pages.get(
    'see',
    '/apps/:app/messages/:message/deliveries/:endpoint',
    async (req: Request<{ app: string; message: string; endpoint: string }>, res) => {
      const app = await container.apps.get(currentVisit(req).accountId, req.params.app);
      const message = await container.messages.get(app, req.params.message);
      await renderStory({ container, req, res, app, message, endpointId: req.params.endpoint });
    },
  );

  return pages.router;
}

interface StoryPage {
  container: StoryParts;
  req: Request;
  res: Response;
  app: App;
  message: Message;
  endpointId: string;
  /** An evidence link that was made just now. */
  made?: { link: EvidenceLink; url: string };
}

/** Answers the page of a story; `?page=` chooses its attempts, counted from the newest. */
export async function renderStory({ container, req, res, ...asked }: StoryPage): Promise<void> {
  const { app, message, endpointId, made } = asked;
  const page = pageNumber.parse(req.query['page']);
  const story = await readStory(container, app, {
    message,
    endpointId,
    page: { limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE },
  });
  const links = await container.evidenceLinks.list(message);
  const href = storyHref({ appId: app.id, messageId: message.id, endpointId });
  const model = {
    app: appHead(app),
    notice: noticeOf(req),
    ...(await storyModel(container, app, story)),
    off: await whyItIsOff(container, app, story),
    curl: await curlOfAttempt(container, app, story),
    pager: pagerOf(story),
    evidence: {
      href: `${href}/evidence`,
      made: made && { url: made.url, expiresAt: made.link.expiresAt },
      links: links.filter((link) => link.endpointId === endpointId),
      lifetimes: EVIDENCE_LIFETIMES,
      usual: USUAL_LIFETIME,
    },
  };
  await renderPage(res, { view: 'messages/delivery', title: `Delivery of ${message.eventType}`, model });
}

/** Where the story of a delivery is. */
export const storyHref = ({
  appId,
  messageId,
  endpointId,
}: Record<'appId' | 'messageId' | 'endpointId', string>) =>
  `/apps/${appId}/messages/${messageId}/deliveries/${endpointId}`;

async function storyModel(
  { config, hookHelpers, pool }: Pick<StoryParts, 'config' | 'hookHelpers' | 'pool'>,
  app: App,
  story: DeliveryStory,
) {
  const { message, endpoint, endpointId, delivery, attempts } = story;
  const { appId, id: messageId, accountId } = message;
  const href = storyHref({ appId, messageId, endpointId });
  const wasReplayed = attempts.some(({ replay }) => replay > 0);
  const begun = wasReplayed ? await begunReplays(pool, { accountId, appId, messageId, endpointId }) : [];
  const received = await receivedBy({ hookHelpers }, { app, endpoint, messageId });
  return {
    message: {
      id: messageId,
      eventType: message.eventType,
      version: message.version,
      eventId: message.eventId,
      deliverAt: message.deliverAt,
      createdAt: messageCreatedAt(message),
      href: `/apps/${appId}/messages/${messageId}`,
    },
    endpoint: endpoint && {
      id: endpointId,
      url: endpoint.url,
      subscriber: endpoint.subscription.name,
      subscriberHref: `/apps/${appId}/subscriptions/${endpoint.subscriptionId}`,
      href: `/apps/${appId}/endpoints/${endpointId}`,
    },
    outcome: outcomeOf(story),
    whyNot: story.whyNot,
    nextAttemptAt: delivery?.nextAttemptAt ?? null,
    deliveryId: deliveryId(messageId, endpointId),
    action: delivery === undefined ? null : deliveryAction(delivery, endpoint ?? undefined),
    link: `${config.http.baseUrl}${href}`,
    helper: received,
    // A story is read from its begin.
    attempts: attempts.toReversed().map((attempt) => ({
      ...attemptPart(attempt, endpoint),
      href: `/apps/${appId}/webhook_attempts/${attempt.id}`,
      arrival: received?.arrivalOf(attempt) ?? null,
      begun: attempt.trigger === 'replay' ? begunBy(begun, attempt) : null,
    })),
    total: story.total,
  };
}

/** Who began the replay that an attempt belongs to: the latest before it. */
function begunBy(begun: BegunReplay[], { attemptedAt }: NumberedAttempt) {
  const found = begun.findLast(({ at }) => at <= attemptedAt);
  if (found === undefined) return null;
  const { actor, at, isBulk } = found;
  return { who: actor.email ?? ACTORS[actor.type], at, isBulk };
}

const ACTORS = {
  person: 'a person',
  api_key: 'an API key',
  heroku: 'Heroku',
  portal: 'the subscriber',
  system: 'HostedHooks',
} as const;

/** Pages of attempts count from the newest. */
function pagerOf({ message, endpointId, offset, total }: DeliveryStory) {
  const href = storyHref({ appId: message.appId, messageId: message.id, endpointId });
  const page = offset / PAGE_SIZE + 1;
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  return {
    newer: page < last ? `${href}?page=${String(page + 1)}` : undefined,
    older: page > 1 ? `${href}?page=${String(page - 1)}` : undefined,
    labels: ['Earlier attempts', 'Later attempts'],
  };
}
