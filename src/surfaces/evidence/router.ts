import { type ErrorRequestHandler, type Request, Router } from 'express';
import type { Container } from '#src/container.ts';
import type { NumberedAttempt } from '#src/domain/attempts/numbered-attempt.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import { hostOf } from '#src/domain/endpoints/endpoint-problem.ts';
import { isOfBefore, urlOfAttempt } from '#src/domain/endpoints/endpoint-since.ts';
import type { EvidenceLink } from '#src/domain/evidence-links/evidence-link.ts';
import { messageCreatedAt } from '#src/domain/messages/message.ts';
import { AppError, NotFound } from '#src/infra/lib/errors.ts';
import { clientAddress } from '#src/surfaces/http/client-address.ts';
import { hasLeft } from '#src/surfaces/http/has-left.ts';
import { attemptPart, type DeliveryStory, outcomeOf, readStory } from '#src/surfaces/html/delivery-story.ts';
import { answerEvidence, redactorOf, sentEvidence } from '#src/surfaces/html/evidence.ts';
import { payloadOf } from '#src/surfaces/html/payload-view.ts';
import { renderPage } from '#src/surfaces/html/render.ts';

/** The latest attempts of a delivery that a page of 100 KB has room for. */
const SHOWN_ATTEMPTS = 20;
const ANSWER_CHARACTERS = 1000;
/** What all answers may take of the page. */
const ANSWERS_BYTES = 30_000;

type Parts = Pick<
  Container,
  | 'apps'
  | 'clock'
  | 'config'
  | 'endpoints'
  | 'endpointSecrets'
  | 'evidenceLinks'
  | 'executions'
  | 'explanations'
  | 'messages'
  | 'pool'
  | 'signInRates'
>;

/**
 * What became of a message at one endpoint, for whoever has a link to it: no account, no secrets, and as it is at the
 * moment. Mounted at `/evidence`, without a session: the token of the path is the secret.
 */
export function evidencePages(container: Parts): Router {
  const router = Router();
  const addressOf = clientAddress({ isBehindProxy: container.config.isProduction });

  router.use((_req, res, next) => {
    res.set({
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow, noarchive',
      'cache-control': 'no-store',
    });
    next();
  });

  router.get('/:token', async (req: Request<{ token: string }>, res) => {
    const link = await container.evidenceLinks.open(req.params.token);
    if (link === null) throw new NotFound(NO_LONGER_GOOD);
    // Only of links that are good, because each that is made up would cost writes.
    await container.signInRates.takeEvidence(addressOf(req), link.id);
    const model = await readEvidence(container, link);
    await renderPage(res, {
      view: 'evidence/show',
      title: 'Evidence of a delivery',
      layout: 'portal',
      model,
    });
  });

  router.use((_req, _res, next) => {
    next(new NotFound(NO_LONGER_GOOD));
  });
  router.use(evidenceErrors);
  return router;
}

const NO_LONGER_GOOD = 'This link has expired, was taken back, or is not complete. Ask for a new one.';

async function readEvidence(container: Parts, link: EvidenceLink) {
  const { accountId, appId, messageId, endpointId, showsPayload } = link;
  const app = await container.apps.get(accountId, appId);
  const message = await container.messages.get(app, messageId);
  const page = { limit: SHOWN_ATTEMPTS, offset: 0 };
  const story = await readStory(container, app, { message, endpointId, page });
  const sent = await sentEvidence(container, app, story);
  const redacted = await redactorOf(container, story);
  const { badge, text } = outcomeOf(story);
  const room = { bytes: ANSWERS_BYTES / Math.max(1, story.attempts.length) };
  return {
    app: { name: app.name },
    subscriber: story.endpoint?.subscription.name ?? null,
    ...hostOfStory(story),
    message: {
      ...{ id: messageId, eventType: message.eventType, version: message.version },
      acceptedAt: exact(messageCreatedAt(message)),
    },
    deliveryId: deliveryId(messageId, endpointId),
    outcome: { badge, text: redacted(text) },
    nextAttemptAt: story.delivery?.nextAttemptAt == null ? null : exact(story.delivery.nextAttemptAt),
    sent: sent && {
      ...{ headers: sent.headers, signatures: sent.signatures, bytes: sent.bytes, sha256: sent.sha256 },
      payload: showsPayload
        ? payloadOf(typeof sent.body === 'string' ? redacted(sent.body) : sent.body)
        : null,
      wasSent: story.attempts.length > 0,
    },
    attempts: story.attempts.toReversed().map((attempt) => {
      const part = attemptPart(attempt, story.endpoint);
      // Redacted before it is cut, because a part of a secret would not be found.
      const body = redacted(attempt.responseBody ?? '').slice(0, ANSWER_CHARACTERS);
      const mayTellSecrets = body !== '' && hasForgottenSecrets(story, attempt);
      return {
        ...part,
        at: exact(attempt.attemptedAt),
        sentence: redacted(part.sentence),
        hasAnswer: attempt.statusCode !== null,
        answer: answerEvidence(redactedHeaders(attempt.responseHeaders ?? [], redacted)),
        mayTellSecrets,
        payload: showsPayload && body !== '' && !mayTellSecrets ? payloadOf(body, room) : null,
      };
    }),
    total: story.total,
    showsPayload,
    checkedAt: exact(new Date(container.clock.now())),
    expiresAt: exact(link.expiresAt),
  };
}

/** Whether an answer may repeat secrets that are no longer known: the endpoint was changed or deleted since. */
const hasForgottenSecrets = ({ endpoint }: DeliveryStory, attempt: NumberedAttempt) =>
  endpoint === null || isOfBefore(endpoint, attempt);

/** Where the latest attempt went, and since when they go there, if others went elsewhere; or why that is not known. */
function hostOfStory({ endpoint, attempts, latest }: DeliveryStory) {
  if (endpoint === null) return { host: null, whyNoHost: 'an endpoint that was deleted', hostSince: null };
  const isElsewhere = (one: NumberedAttempt | undefined) =>
    one !== undefined && urlOfAttempt(endpoint, one) === null;
  if (isElsewhere(latest))
    return { host: null, whyNoHost: 'an endpoint whose URL was changed since', hostSince: null };
  const since = attempts.some(isElsewhere) ? endpoint.urlSince : null;
  return { host: hostOf(endpoint), whyNoHost: null, hostSince: since == null ? null : exact(since) };
}

const redactedHeaders = (headers: [string, string][], redacted: (text: string) => string) =>
  headers.map(([name, value]): [string, string] => [name, redacted(value)]);

/** To be read on paper and in other zones. */
const exact = (at: Date) => ({
  iso: at.toISOString(),
  text: `${at.toISOString().replace('T', ' ').slice(0, 23)} UTC`,
});

/** The same for a link that never was as for one that is over. */
const evidenceErrors: ErrorRequestHandler = async (error: unknown, req, res, next) => {
  if (hasLeft(req)) return;
  if (res.headersSent) {
    next(error);
    return;
  }
  const known = error instanceof AppError && error.status < 500 ? error : undefined;
  const isStrange = error instanceof URIError;
  if (known === undefined && !isStrange) req.log.error({ err: error }, 'evidence could not be shown');
  if (known?.retryAfterSeconds !== undefined) res.set('retry-after', String(known.retryAfterSeconds));
  await renderPage(res, {
    view: 'evidence/error',
    title: 'Evidence of a delivery',
    layout: 'portal',
    status: known?.status ?? (isStrange ? 404 : 500),
    model: {
      heading: known?.status === 429 ? 'Too many requests' : 'There is nothing here',
      text: known?.status === 429 ? known.message : NO_LONGER_GOOD,
    },
  });
};
