import { randomBytes, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { answerList } from '#src/dev/fake-heroku/answer-list.ts';
import { authenticateForAddOn } from '#src/dev/fake-heroku/authenticate.ts';
import { timeOf } from '#src/dev/fake-heroku/change.ts';
import type { Platform } from '#src/dev/fake-heroku/platform.ts';
import { presentDelivery, presentWebhook } from '#src/dev/fake-heroku/present.ts';
import { invalid, notFound } from '#src/dev/fake-heroku/refusal.ts';
import type { Webhook } from '#src/dev/fake-heroku/world.ts';

/** The entities that a partner may subscribe to. */
const INCLUDES = [
  'api:addon',
  'api:addon-attachment',
  'api:app',
  'api:collaborator',
  'api:domain',
  'api:sni-endpoint',
];

const subscription = z.object({
  include: z.array(z.enum(INCLUDES)).min(1),
  level: z.enum(['notify', 'sync']),
  url: z.url({ protocol: /^https?$/ }),
  secret: z.string().nullish(),
  authorization: z.string().nullish(),
});

/** The routes of the webhooks of the token's add-on. */
export function webhookRoutes(platform: Platform, pageSize: number) {
  const own = (req: Request) => authenticateForAddOn(platform, req);
  return {
    async create(req: Request, res: Response): Promise<void> {
      const { world, addOn } = await own(req);
      const parsed = subscription.safeParse(req.body);
      if (!parsed.success) throw invalid(`Invalid ${parsed.error.issues[0]?.path.join('.') ?? 'body'}.`);
      const { secret, authorization = null, ...given } = parsed.data;
      const webhook: Webhook = {
        ...given,
        id: randomUUID(),
        addOnId: addOn.uuid,
        secret: secret ?? randomBytes(32).toString('hex'),
        authorization,
        createdAt: timeOf(platform.clock.now()),
      };
      await platform.alter((change) => change.world.webhooks.push(webhook));
      // A secret that Heroku made is shown in this response only.
      if (secret == null) res.set('Heroku-Webhook-Secret', webhook.secret);
      res.status(201).json(presentWebhook(world, webhook));
    },
    async list(req: Request, res: Response): Promise<void> {
      const { world, addOn } = await own(req);
      const items = world.webhooks.filter(({ addOnId }) => addOnId === addOn.uuid);
      answerList(req, res, { items: items.map((webhook) => presentWebhook(world, webhook)), pageSize });
    },
    async remove(req: Request, res: Response): Promise<void> {
      const { world, addOn } = await own(req);
      const webhook = world.webhooks.find(
        ({ id, addOnId }) => id === req.params['webhook'] && addOnId === addOn.uuid,
      );
      if (webhook === undefined) throw notFound('webhook');
      await platform.alter((change) => {
        change.world.webhooks = change.world.webhooks.filter(({ id }) => id !== webhook.id);
      });
      res.json(presentWebhook(world, webhook));
    },
    async deliveries(req: Request, res: Response): Promise<void> {
      const { world, addOn } = await own(req);
      const items = world.deliveries.flatMap((delivery) => {
        const webhook = world.webhooks.find(({ id }) => id === delivery.webhookId);
        return webhook?.addOnId === addOn.uuid ? [presentDelivery(delivery, webhook)] : [];
      });
      answerList(req, res, { items, pageSize });
    },
  };
}
