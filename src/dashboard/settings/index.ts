import { Router } from 'express';
import type { Container } from '../../container.ts';
import { renderPage } from '../../http/render.ts';
import { currentUser } from '../session.ts';
import { readKeys } from './keys.ts';
import { readPlan } from './plan.ts';
import { readTeam } from './team.ts';

/** The settings of an account: one page, a file and a view for each of its sections. */
export function settingsPages(container: Container): Router {
  const router = Router();

  router.get('/settings', (_req, res) => {
    res.redirect('/settings/account');
  });

  router.get('/settings/account', async (req, res) => {
    const user = currentUser(req);
    const [plan, keys, team] = await Promise.all([
      readPlan(container, user),
      readKeys(container, user),
      readTeam(container, user),
    ]);
    await renderPage(res, { view: 'settings/account', title: 'Settings', model: { plan, keys, team } });
  });

  return router;
}
