import type { Request, Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import type { Form } from '#src/surfaces/html/form.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { accountPath, currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { auditPages } from './audit.ts';
import { deliveryPages } from './delivery.ts';
import { accountDeletionPages, readDeletion } from './deletion.ts';
import { exportDownload, readExport } from './export.ts';
import { keyActions } from './key-actions.ts';
import { keepingPages } from './retention.ts';
import { readKeys } from './keys.ts';
import { notificationPages } from './notifications.ts';
import { ownWebhookPages } from './own-webhooks.ts';
import { readPlan } from './plan.ts';
import { readTeam } from './team.ts';
import { invitationActions } from './invitation-actions.ts';
import { teamActions } from './team-actions.ts';
import { readUsagePage } from './usage.ts';

type Parts = Pick<
  Container,
  | 'accountDeletion'
  | 'apps'
  | 'attempts'
  | 'auditEvents'
  | 'channels'
  | 'clock'
  | 'config'
  | 'endpointSecrets'
  | 'endpoints'
  | 'deliveryCounts'
  | 'exports'
  | 'invitations'
  | 'keyRotation'
  | 'mailPreferences'
  | 'members'
  | 'models'
  | 'namedKeys'
  | 'ownEndpoints'
  | 'passwordsOfPeople'
  | 'pool'
  | 'replays'
  | 'sampleRate'
  | 'sampleSender'
  | 'signInRates'
  | 'webhookEvents'
>;

/** The settings of an account: one page, whose sections have a file and a view each. */
export function settingsPages(container: Parts): Router {
  const pages = new PageRoutes();
  const render = (req: Request, res: Response, refused?: Refused) =>
    renderSettings(container, req, res, refused);

  pages.get('see', '/settings', (_req, res) => {
    res.redirect(accountPath(res, '/settings/account'));
  });

  pages.get('see', '/settings/account', (req, res) => render(req, res));
  pages.get('see', '/settings/usage', async (req, res) => {
    const model = await readUsagePage(container, currentVisit(req));
    await renderPage(res, { view: 'settings/usage', title: 'Usage', model });
  });
  pages.router.use(notificationPages(container));
  pages.router.use(keepingPages(container), deliveryPages(container));
  pages.router.use(auditPages(container), ownWebhookPages(container));
  pages.router.use(invitationActions(container));
  pages.router.use(accountDeletionPages(container, render));
  pages.router.use(teamActions(container, render), keyActions(container, render), exportDownload(container));
  return pages.router;
}

/** The error of a section's form, or a new key, which only this response shows. */
interface Refused {
  status: number;
  teamProblem?: string;
  keyProblem?: string;
  newKey?: string;
  namedKey?: string;
  deletion?: Form;
}

async function renderSettings(
  container: Parts,
  req: Request,
  res: Response,
  { status, teamProblem, keyProblem, newKey, namedKey, deletion }: Refused = { status: 200 },
): Promise<void> {
  const user = currentVisit(req);
  const [plan, keys, team] = await Promise.all([
    readPlan(container, user),
    readKeys(container, user),
    readTeam(container, user),
  ]);
  const shownKeys = { ...keys, problem: keyProblem, newKey, namedKey };
  const model = {
    plan,
    keys: shownKeys,
    team: { ...team, problem: teamProblem },
    notice: noticeOf(req),
    exportFile: readExport(user),
    deletion: readDeletion(container, user, deletion),
  };
  await renderPage(res, { view: 'settings/account', title: 'Settings', model, status });
}
