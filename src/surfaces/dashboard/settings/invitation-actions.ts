import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { INVITED_ROLES } from '#src/domain/invitations/invitation.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { emailField } from '#src/surfaces/dashboard/people/fields.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { invitationRow } from '#src/surfaces/html/invitation-row.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { readTeam } from './team.ts';

type Parts = Pick<Container, 'clock' | 'invitations' | 'members'>;

const PAGE_SIZE = 25;
const TEAM = '/settings/team';

const inviteForm = z.strictObject({
  email: emailField,
  role: z.enum(INVITED_ROLES, 'Choose a role.'),
});

/** The page of the team, and inviting into it. */
export function invitationActions(container: Parts): Router {
  const { invitations } = container;
  const pages = new PageRoutes();

  pages.get('see', TEAM, (req, res) => renderTeam(container, req, res));

  pages.post({ right: 'team', form: inviteForm }, `${TEAM}/invitations`, async (req, res) => {
    const { accountId } = currentVisit(req);
    const result = await submit(inviteForm, req.body, (input) => invitations.inviteToTeam(accountId, input));
    if ('form' in result) await renderTeam(container, req, res, result);
    else redirectWith(res, TEAM, 'invited');
  });

  pages.post(
    { right: 'team', form: noFields },
    `${TEAM}/invitations/:invitation/revoke`,
    async (req, res) => {
      const { accountId } = currentVisit(req);
      await invitations.revoke({ accountId, subscriptionId: null }, req.params.invitation);
      redirectWith(res, TEAM, 'invitation_revoked');
    },
  );

  return pages.router;
}

async function renderTeam(
  container: Parts,
  req: Request,
  res: Response,
  { form = blankForm({ role: 'member' }), status = 200 }: { form?: Form; status?: number } = {},
): Promise<void> {
  const { clock, invitations } = container;
  const visit = currentVisit(req);
  const target = { accountId: visit.accountId, subscriptionId: null };
  const [team, page] = await Promise.all([
    readTeam(container, visit),
    readPage(req, PAGE_SIZE, (paging) => invitations.list(target, paging)),
  ]);
  const model = {
    team,
    form,
    roles: INVITED_ROLES.map((role) => [role, role]),
    page: { ...page, rows: page.rows.map((invitation) => invitationRow(invitation, clock.now())) },
    notice: noticeOf(req),
  };
  await renderPage(res, { view: 'settings/team', title: 'Team', model, status });
}
