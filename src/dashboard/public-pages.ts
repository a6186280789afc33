import { Router } from 'express';
import { findPlan, planSlugs } from '../accounts/plans.ts';
import type { Container } from '../container.ts';
import { localPath } from '../http/local-path.ts';
import { renderPage } from '../http/render.ts';
import { signOut } from '../http/session.ts';
import { herokuCommands } from './heroku-commands.ts';

const YEAR_MS = 31_536_000_000;
/** Alpha testers only; not for sale. */
const HIDDEN_PLAN = 'test';

/** What everyone may see: the landing page and how to sign in and out. */
export function publicPages({ config }: Pick<Container, 'config'>): Router {
  const router = Router();

  router.get('/', (_req, res) => {
    const plans = planSlugs.filter((slug) => slug !== HIDDEN_PLAN).map((slug) => findPlan(slug));
    return renderPage(res, {
      view: 'public/landing',
      title: 'Webhooks as a service',
      layout: 'public',
      model: { plans },
    });
  });

  router.get('/sign_in', (_req, res) =>
    renderPage(res, {
      view: 'public/sign-in',
      title: 'Sign in',
      layout: 'public',
      model: { heroku: herokuCommands(config) },
    }),
  );

  router.post('/sign_out', async (req, res) => {
    await signOut(req);
    res.redirect(303, '/');
  });

  router.post('/theme', (req, res) => {
    const { theme, back } = (req.body ?? {}) as { theme?: unknown; back?: unknown };
    const choice = theme === 'dark' ? 'dark' : 'light';
    res.cookie('theme', choice, { maxAge: YEAR_MS, sameSite: 'lax', path: '/' });
    res.redirect(303, localPath(back, '/'));
  });

  return router;
}
