import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { BadRequest, Conflict } from '#src/infra/lib/errors.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { expiryOf, namedKeyForm } from './named-key-form.ts';

/** The choices of the form: for how many seconds the old key stays valid. */
export const GRACES = [
  ['86400', '1 day'],
  ['604800', '7 days'],
  ['3600', '1 hour'],
  ['0', 'Not at all: end it now'],
] as const;

const rotationForm = z.strictObject({
  grace: z.enum(GRACES.map(([seconds]) => seconds)),
  /** Generation of the key that the form showed as current, so that a resubmitted form rotates nothing. */
  replaces: z.string().regex(/^\d{1,9}$/),
});

interface Shown {
  status: number;
  keyProblem?: string;
  /** The add-on's new key. Shown in this response and never again. */
  newKey?: string;
  /** A new named key, which is independent of the add-on's. Shown in this response and never again. */
  namedKey?: string;
}

type Render = (req: Request, res: Response, shown: Shown) => Promise<void>;

/** Actions on the account's API keys. `render` renders the page. */
export function keyActions(
  container: Pick<Container, 'clock' | 'keyRotation' | 'namedKeys'>,
  render: Render,
): Router {
  const pages = new PageRoutes();
  const { clock, keyRotation, namedKeys } = container;

  /** Renders a Conflict on the page; any other error goes to the error handler. */
  const orExplain = async (req: Request, res: Response, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await render(req, res, { status: error.status, keyProblem: error.message });
    }
  };

  pages.post({ right: 'keys', form: namedKeyForm }, '/settings/keys', async (req, res) => {
    const { data: form, error } = namedKeyForm.safeParse(req.body);
    if (form === undefined) {
      await render(req, res, { status: 422, keyProblem: error.issues[0]?.message ?? '' });
      return;
    }
    await orExplain(req, res, async () => {
      const { id, key_name: name, scopes, lasts } = form;
      const expiresAt = expiryOf(lasts, clock.now());
      const { key } = await namedKeys.create(currentVisit(req).accountId, { id, name, scopes, expiresAt });
      await render(req, res, { status: 200, namedKey: key });
    });
  });

  pages.post({ right: 'keys', form: rotationForm }, '/settings/keys/rotate', async (req, res) => {
    const form = rotationForm.safeParse(req.body).data;
    if (form === undefined) throw new BadRequest('Choose for how long the old key goes on.');
    await orExplain(req, res, async () => {
      const { key, hindrance } = await keyRotation.rotate(currentVisit(req).accountId, {
        graceSeconds: Number(form.grace),
        replaces: Number(form.replaces),
      });
      if (hindrance === null) redirectWith(res, '/settings/account', 'key_rotated');
      else await render(req, res, { status: 200, newKey: key });
    });
  });

  pages.post({ right: 'keys', form: noFields }, '/settings/keys/:key/confirm', async (req, res) => {
    await orExplain(req, res, async () => {
      await keyRotation.confirm(currentVisit(req).accountId, req.params.key);
      redirectWith(res, '/settings/account', 'key_confirmed');
    });
  });

  pages.post({ right: 'keys', form: noFields }, '/settings/keys/:key/revoke', async (req, res) => {
    await orExplain(req, res, async () => {
      await keyRotation.revoke(currentVisit(req).accountId, req.params.key);
      redirectWith(res, '/settings/account', 'key_revoked');
    });
  });

  return pages.router;
}
