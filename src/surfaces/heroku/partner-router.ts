import express, { type ErrorRequestHandler, type Router } from 'express';
import type { Container } from '#src/container.ts';
import { AppError, Gone, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { partnerAuth } from './partner-auth.ts';
import { ignoredOptions, readPlanChange, readProvision } from './resource-input.ts';

/**
 * The add-on partner API: Heroku provisions, changes and removes resources. Whatever it accepts, it gets JSON (a 406
 * to its vendor media type has broken add-ons), and `message` of an error is what the customer reads.
 */
export function partnerRouter({ config, logger, provisioning }: Container): Router {
  const { manifestId, configVar } = config.heroku;
  const router = express.Router();
  router.use(partnerAuth(config.heroku));
  router.use(express.json({ type: () => true }));

  router.post('/', async (req, res) => {
    const { oauth_grant: grant, ...input } = readProvision(req.body);
    const { apiKey, isNew } = await provisioning.provision({ ...input, grant });
    if (isNew) logger.info({ resource: input.uuid, plan: input.plan }, 'resource provisioned');
    res.json({
      id: input.uuid,
      config: { [configVar]: apiKey },
      // Of the request alone, so that a repeated one gets the identical answer.
      message: [
        `Your add-on has been provisioned successfully. Open its dashboard: heroku addons:open ${manifestId}`,
        ...ignoredOptions(input.options),
      ].join('\n'),
    });
  });

  // Keyed on the path: Heroku's own test tool sends another uuid in the body.
  router.put('/:uuid', async (req, res) => {
    const uuid = req.params.uuid.toLowerCase();
    if (!isUuid(uuid)) throw new NotFound('There is no such add-on resource.');
    // Before its plan is read: what is wrong with a plan is no news about a resource that is gone.
    await provisioning.requireResource(uuid);
    const { plan } = readPlanChange(req.body);
    const { isChanged, note } = await provisioning.changePlan(uuid, plan);
    if (isChanged) logger.info({ resource: uuid, plan }, 'plan changed');
    const done = isChanged ? 'Your plan has been updated to' : 'Your plan is already';
    res.json({ message: [`${done}: ${manifestId}:${plan}`, note].filter(Boolean).join('. ') });
  });

  router.delete('/:uuid', async (req, res) => {
    // As it is stored: the purge finds the resource's jobs by it.
    const uuid = req.params.uuid.toLowerCase();
    if (!isUuid(uuid)) throw new Gone('This add-on resource was removed.');
    await provisioning.deprovision(uuid);
    logger.info({ resource: uuid }, 'resource deprovisioned');
    res.status(204).end();
  });

  router.use(() => {
    throw new NotFound('The partner API has no such route.');
  });
  router.use(answerError);
  return router;
}

const answerError: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (res.headersSent) {
    next(error);
  } else if (error instanceof AppError) {
    res.status(error.status).json({ message: error.message });
  } else if (isBodyError(error)) {
    res.status(error.status).json({ message: `The request's body cannot be read: ${error.message}` });
  } else {
    req.log.error({ err: error }, 'the partner API failed');
    res.status(500).json({ message: 'HostedHooks failed to do this. Try again in a minute.' });
  }
};

/** What the body parser throws, for the client to read. */
function isBodyError(error: unknown): error is Error & { status: number } {
  return error instanceof Error && 'expose' in error && error.expose === true && 'status' in error;
}
