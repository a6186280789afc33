import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { invitationRow } from '#src/surfaces/html/invitation-row.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { appHead } from './apps.ts';
import { emailField } from './people/fields.ts';
import { subscriptionHead, subscriptionOf } from './subscription-of-app.ts';

type Parts = Pick<Container, 'apps' | 'clock' | 'invitations' | 'subscriptions'>;

const PAGE_SIZE = 25;
const BASE = '/apps/:app/subscriptions/:subscription';

const inviteForm = z.strictObject({ email: emailField });

/**
 * Who looks after a subscriber's endpoints, and inviting somebody to it. Inviting needs the right `team`, because
 * whoever accepts may reveal secrets and delete.
 */
export function subscriberPeoplePages(container: Parts): Router {
  const { invitations } = container;
  const pages = new PageRoutes();

  pages.get('see', `${BASE}/people`, async (req, res) =>
    renderPeople(container, { req, res, ...(await find(container, req)) }),
  );

  pages.post({ right: 'team', form: inviteForm }, `${BASE}/invitations`, async (req, res) => {
    const found = await find(container, req);
    const { subscription } = found;
    const result = await submit(inviteForm, req.body, ({ email }) =>
      invitations.inviteToSubscription(subscription, email),
    );
    if ('form' in result) await renderPeople(container, { req, res, ...found, ...result });
    else redirectWith(res, `${subscriptionHead(subscription).href}/people`, 'invited');
  });

  pages.post(
    { right: 'team', form: noFields },
    `${BASE}/invitations/:invitation/revoke`,
    async (req, res) => {
      const { subscription } = await find(container, req);
      const { accountId, id: subscriptionId } = subscription;
      await invitations.revoke({ accountId, subscriptionId }, req.params.invitation);
      redirectWith(res, `${subscriptionHead(subscription).href}/people`, 'invitation_revoked');
    },
  );

  return pages.router;
}

async function find(
  container: Pick<Container, 'apps' | 'subscriptions'>,
  req: Request<{ app: string; subscription: string }>,
) {
  const app = await container.apps.get(currentVisit(req).accountId, req.params.app);
  return { app, subscription: await subscriptionOf(container, app, req.params.subscription) };
}

type Found = Awaited<ReturnType<typeof find>>;

async function renderPeople(
  { clock, invitations }: Parts,
  { req, res, app, subscription, form = blankForm(), status = 200 }: Found & Answered,
): Promise<void> {
  const { accountId, id: subscriptionId } = subscription;
  const page = await readPage(req as unknown as Request, PAGE_SIZE, (paging) =>
    invitations.list({ accountId, subscriptionId }, paging),
  );
  const model = {
    app: appHead(app),
    subscription: subscriptionHead(subscription),
    form,
    page: { ...page, rows: page.rows.map((invitation) => invitationRow(invitation, clock.now())) },
    notice: noticeOf(req),
  };
  await renderPage(res, {
    view: 'subscriptions/people',
    title: `People of ${subscription.name}`,
    model,
    status,
  });
}

interface Answered {
  req: Request<{ app: string; subscription: string }>;
  res: Response;
  form?: Form;
  status?: number;
}
