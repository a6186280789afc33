import { Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { noFields, takesFields } from '#src/surfaces/html/form-fields.ts';
import { localPath } from '#src/surfaces/html/local-path.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { endSession } from '#src/surfaces/html/session.ts';
import { endVisit } from '#src/domain/visits/visits.ts';
import { plansForSale } from '#src/domain/plans/plans.ts';
import { renderSignIn } from '#src/surfaces/dashboard/access/require-visit.ts';

const themeForm = z.strictObject({
  theme: z.enum(['light', 'dark', 'system']),
  back: z.string().default('/'),
});

const YEAR_MS = 31_536_000_000;

/** Pages without a visit: the landing page, sign-in, sign-out and the choice of theme. */
export function publicPages(container: Pick<Container, 'config' | 'pool'>): Router {
  const { pool } = container;
  const router = Router();

  router.get('/', (_req, res) =>
    renderPage(res, {
      view: 'public/landing',
      title: 'Webhooks as a service',
      layout: 'public',
      model: { plans: plansForSale },
    }),
  );

  router.get('/sign_in', (_req, res) => renderSignIn(container, res));

  // Ends the visit to the add-on in the URL; without one in the URL, and for a person of ours, all of the browser.
  router.post('/sign_out', takesFields(noFields), async (req, res) => {
    const { query, user, visits } = req;
    const isOne = query['addon'] !== undefined && (user === undefined || user.personId === null);
    if (isOne && user !== undefined) await endVisit({ pool }, req.sessionID, user.accountId);
    const areOthersLeft = isOne && visits.some((visit) => visit !== user);
    if (!areOthersLeft) await endSession(req);
    res.redirect(303, areOthersLeft ? '/sign_in' : '/');
  });

  router.post('/theme', takesFields(themeForm), (req, res) => {
    const form = themeForm.safeParse(req.body).data;
    if (form === undefined) throw new BadRequest('The theme is light, dark, or that of the system.');
    const { theme, back } = form;
    if (theme === 'system') res.clearCookie('theme', { sameSite: 'lax', path: '/' });
    else res.cookie('theme', theme, { maxAge: YEAR_MS, sameSite: 'lax', path: '/' });
    res.redirect(303, localPath(back, '/'));
  });

  return router;
}
