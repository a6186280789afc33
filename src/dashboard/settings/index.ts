import { type Request, type Response, Router } from 'express';
import type { Container } from '../../container.ts';
import { renderPage } from '../../http/render.ts';
import { noticeOf } from '../notices.ts';
import { accountPath, currentUser } from '../session.ts';
import { readKeys } from './keys.ts';
import { readPlan } from './plan.ts';
import { readTeam } from './team.ts';
import { teamActions } from './team-actions.ts';

/** The settings of an account: one page, a file and a view for each of its sections. */
export function settingsPages(container: Container): Router {
  const router = Router();

  router.get('/settings', (_req, res) => {
    res.redirect(accountPath(res, '/settings/account'));
  });

  router.get('/settings/account', (req, res) => renderSettings(container, req, res));
  router.use('/settings/team', teamActions(container, renderSettings));

  return router;
}

/** What was wrong with a form of one of the sections. */
interface Refused {
  status: number;
  teamProblem?: string;
}

async function renderSettings(
  container: Container,
  req: Request,
  res: Response,
  { status, teamProblem }: Refused = { status: 200 },
): Promise<void> {
  const user = currentUser(req);
  const [plan, keys, team] = await Promise.all([
    readPlan(container, user),
    readKeys(container, user),
    readTeam(container, user),
  ]);
  const model = { plan, keys, team: { ...team, problem: teamProblem }, notice: noticeOf(req) };
  await renderPage(res, { view: 'settings/account', title: 'Settings', model, status });
}
