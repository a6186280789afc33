import { createHmac } from 'node:crypto';
import express, { type Router } from 'express';
import type { Container } from '#src/container.ts';
import { actingAs, heroku } from '#src/domain/audit/actor.ts';
import { BadRequest, Forbidden, Gone, NotFound, Unauthenticated } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { isSameText } from '#src/infra/lib/same-text.ts';
import { answerErrors } from './answer-errors.ts';

/** Events carry an app with its relations, which is a few kilobytes. */
const LIMIT = '256kb';

/** Heroku's add-on webhooks, mounted at `/heroku/webhooks`. Each resource has its own URL, secret and password. */
export function herokuEventsRouter({ herokuPlatform }: Pick<Container, 'herokuPlatform'>): Router {
  const router = express.Router();

  // Raw, because the signature covers these bytes.
  const rawBody = express.raw({ type: () => true, limit: LIMIT, inflate: false });
  router.post<{ resourceId: string }>('/:resourceId', rawBody, async (req, res) => {
    // Lower case, because the stored secret is bound to the id in that form.
    const resourceId = req.params.resourceId.toLowerCase();
    const proof = isUuid(resourceId) ? await herokuPlatform.findWebhookProof(resourceId) : null;
    if (proof === null) throw new NotFound('There is no such add-on resource.');
    if (proof === 'gone') throw new Gone('This add-on resource was removed.');

    const signature = req.get('heroku-webhook-hmac-sha256');
    const authorization = req.get('authorization');
    if (signature === undefined || authorization === undefined) {
      throw new Unauthenticated('The event is not signed.');
    }
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    const expected = createHmac('sha256', proof.secret).update(body).digest('base64');
    // Both are always compared, so that the response time does not reveal which one was wrong.
    const isSigned = isSameText(signature, expected);
    const isAuthorized = isSameText(authorization, proof.authorization);
    if (!isSigned || !isAuthorized)
      throw new Forbidden('The event was not signed by Heroku for this resource.');

    const event = parse(body);
    await actingAs(heroku(resourceId), () => herokuPlatform.handleEvent(resourceId, event));
    res.status(204).end();
  });

  router.use(() => {
    throw new NotFound('Webhooks are posted to the address of a resource.');
  });
  router.use(
    answerErrors({
      whenUnreadable: 'The event cannot be read',
      whenFailed: 'HostedHooks failed to take this event. Send it again.',
      logText: 'handling a Heroku event failed',
    }),
  );
  return router;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new BadRequest('The event is not JSON.');
  }
}
