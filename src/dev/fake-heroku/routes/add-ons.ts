import type { Request, Response } from 'express';
import { z } from 'zod';
import { configure, removeAddOn, setState } from '#src/dev/fake-heroku/add-ons.ts';
import { answerList } from '#src/dev/fake-heroku/answer-list.ts';
import { authenticate, authenticateForAddOn } from '#src/dev/fake-heroku/authenticate.ts';
import { attachmentsOf, requireAddOn } from '#src/dev/fake-heroku/find.ts';
import type { Platform } from '#src/dev/fake-heroku/platform.ts';
import { presentAddOn, presentAttachment } from '#src/dev/fake-heroku/present.ts';
import { invalid } from '#src/dev/fake-heroku/refusal.ts';
import type { AddOn } from '#src/dev/fake-heroku/world.ts';

const configBody = z.object({
  config: z.array(z.object({ name: z.string(), value: z.string().nullable() })),
});

/** The routes of an add-on. The provider is the actor of the changes, as at Heroku. */
export function addOnRoutes(platform: Platform, pageSize: number) {
  const own = (req: Request) => authenticateForAddOn(platform, req);
  return {
    async list(req: Request, res: Response): Promise<void> {
      const { world, addOn } = await authenticate(platform, req);
      answerList(req, res, { items: [presentAddOn(world, addOn)], pageSize });
    },
    async show(req: Request, res: Response): Promise<void> {
      const { world, addOn } = await own(req);
      res.json(presentAddOn(world, addOn));
    },
    async config(req: Request, res: Response): Promise<void> {
      res.json(presentConfig((await own(req)).addOn));
    },
    async configure(req: Request, res: Response): Promise<void> {
      const { addOn } = await own(req);
      const parsed = configBody.safeParse(req.body);
      if (!parsed.success) throw invalid('config must be a list of objects with name and value.');
      const config = Object.fromEntries(parsed.data.config.map(({ name, value }) => [name, value]));
      await platform.alter((change) => configure(change, requireAddOn(change.world, addOn.uuid), config));
      res.json(presentConfig(requireAddOn(await platform.read(), addOn.uuid)));
    },
    async provision(req: Request, res: Response): Promise<void> {
      const { addOn } = await own(req);
      await platform.alter((change) =>
        setState(change, requireAddOn(change.world, addOn.uuid), 'provisioned'),
      );
      const world = await platform.read();
      res.json(presentAddOn(world, requireAddOn(world, addOn.uuid)));
    },
    async deprovision(req: Request, res: Response): Promise<void> {
      const { world, addOn } = await own(req);
      await platform.alter((change) => removeAddOn(change, addOn));
      res.json(presentAddOn(world, { ...addOn, state: 'deprovisioned' }));
    },
    async attachments(req: Request, res: Response): Promise<void> {
      const { world, addOn } = await own(req);
      const items = attachmentsOf(world, addOn).map((attachment) =>
        presentAttachment(world, attachment, addOn),
      );
      answerList(req, res, { items, pageSize });
    },
  };
}

function presentConfig({ config }: AddOn) {
  return Object.entries(config).map(([name, value]) => ({ name, value }));
}
