import express, { type Router } from 'express';
import type { Container } from '#src/container.ts';
import { actingAs, heroku } from '#src/domain/audit/actor.ts';
import { Gone, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { answerErrors } from './answer-errors.ts';
import { partnerAuth } from './partner-auth.ts';
import { readPlanChange, readProvision } from './resource-input.ts';

/**
 * The add-on partner API: Heroku provisions, changes and removes resources. The response is JSON whatever `Accept`
 * says, because a 406 to Heroku's vendor media type has broken add-ons. The customer reads the `message` of an error.
 */
export function partnerRouter({
  config,
  logger,
  provisioning,
}: Pick<Container, 'config' | 'logger' | 'provisioning'>): Router {
  const { manifestId, configVar } = config.heroku;
  const router = express.Router();
  router.use(partnerAuth(config.heroku));
  router.use(express.json({ type: () => true }));
  router.use((_req, _res, next) => {
    actingAs(heroku(), next);
  });

  router.post('/', async (req, res) => {
    const { oauth_grant: grant, ...input } = readProvision(req.body);
    const { apiKey, isNew } = await provisioning.provision({ ...input, grant });
    if (isNew) logger.info({ resource: input.uuid, plan: input.plan }, 'resource provisioned');
    res.json({
      id: input.uuid,
      config: { [configVar]: apiKey },
      // The same for every request, so that a repeated one gets an identical response.
      message: `Your add-on has been provisioned successfully. Open its dashboard: heroku addons:open ${manifestId}`,
    });
  });

  // The uuid of the path counts, because Heroku's own test tool sends another one in the body.
  router.put('/:uuid', async (req, res) => {
    const uuid = req.params.uuid.toLowerCase();
    if (!isUuid(uuid)) throw new NotFound('There is no such add-on resource.');
    // Before the plan is parsed, because a missing resource takes precedence over an invalid plan.
    await provisioning.requireResource(uuid);
    const { plan } = readPlanChange(req.body);
    const { isChanged, note } = await provisioning.changePlan(uuid, plan);
    if (isChanged) logger.info({ resource: uuid, plan }, 'plan changed');
    const done = isChanged ? 'Your plan has been updated to' : 'Your plan is already';
    res.json({ message: [`${done}: ${manifestId}:${plan}`, note].filter(Boolean).join('. ') });
  });

  router.delete('/:uuid', async (req, res) => {
    // Lower case as stored, because the purge finds the resource's jobs by the id.
    const uuid = req.params.uuid.toLowerCase();
    if (!isUuid(uuid)) throw new Gone('This add-on resource was removed.');
    await provisioning.deprovision(uuid);
    logger.info({ resource: uuid }, 'resource deprovisioned');
    res.status(204).end();
  });

  router.use(() => {
    throw new NotFound('The partner API has no such route.');
  });
  router.use(
    answerErrors({
      whenUnreadable: "The request's body cannot be read",
      whenFailed: 'HostedHooks failed to do this. Try again in a minute.',
      logText: 'the partner API failed',
    }),
  );
  return router;
}
