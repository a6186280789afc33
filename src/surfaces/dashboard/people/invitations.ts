import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { Accepted } from '#src/domain/invitations/acceptances.ts';
import type { OpenInvitation } from '#src/domain/invitations/invitation-rows.ts';
import { newPassword } from '#src/domain/people/passwords.ts';
import { findPersonByEmail } from '#src/domain/people/people-rows.ts';
import { listVisits } from '#src/domain/visits/visits.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { noFields, takesFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { rememberReturnPath } from '#src/surfaces/html/return-path.ts';
import { signInPerson } from '#src/surfaces/html/session.ts';
import { tenantPath } from '#src/surfaces/html/tenant-path.ts';
import { HOME_OF_PERSON } from './after-sign-in.ts';
import { renderLinkIsOver } from './link-is-over.ts';
import { openPortal, type PortalParts } from './open-portal.ts';

export type InvitationParts = PortalParts &
  Pick<Container, 'acceptances' | 'clock' | 'invitations' | 'pool' | 'signInRates' | 'subscriptions'>;

const newPersonForm = z.strictObject({ password: newPassword });

type TokenRequest = Request<{ token: string }>;

/** The link of an invitation. Who follows it has the mail, so the page may tell whether the address is known. */
export function invitationPages(container: InvitationParts): Router {
  const { acceptances, invitations, signInRates, subscriptions } = container;
  const router = Router();

  /** Answers with a page of its own where the link is no longer good. */
  const withInvitation = async (
    { req, res }: { req: TokenRequest; res: Response },
    act: (invitation: OpenInvitation) => Promise<void>,
  ) => {
    const invitation = await invitations.find(req.params.token);
    if (invitation === null) await renderLinkIsOver(res, TO_START);
    else await act(invitation);
  };

  router.get<{ token: string }>('/invitations/:token', (req, res) =>
    withInvitation({ req, res }, (invitation) => renderInvitation(container, { req, res, invitation })),
  );

  router.post<{ token: string }>('/invitations/:token', takesFields(newPersonForm), (req, res) =>
    withInvitation({ req, res }, async (invitation) => {
      const result = await submit(newPersonForm, req.body, async ({ password }) => {
        await signInRates.take({ network: req.ip ?? '' });
        return acceptances.acceptAsNew(invitation, password);
      });
      if ('form' in result) await renderInvitation(container, { req, res, invitation, ...result });
      else await goOn(container, { req, res, accepted: result.saved });
    }),
  );

  router.post<{ token: string }>('/invitations/:token/accept', takesFields(noFields), (req, res) =>
    withInvitation({ req, res }, async (invitation) => {
      const { person } = req;
      const result =
        person === null
          ? { form: blankForm(), status: 401 }
          : await submit(noFields, req.body, () => acceptances.accept(invitation, person));
      if ('form' in result) await renderInvitation(container, { req, res, invitation, ...result });
      else await goOn(container, { req, res, accepted: result.saved });
    }),
  );

  router.post<{ token: string }>('/invitations/:token/portal', takesFields(noFields), (req, res) =>
    withInvitation({ req, res }, async ({ accountId, subscriptionId, email }) => {
      if (subscriptionId === null) throw new NotFound('A team has no portal.');
      openPortal(container, res, { subscription: await subscriptions.get(accountId, subscriptionId), email });
    }),
  );

  return router;
}

const TO_START = { href: '/', label: 'Go to the start' };

/** Signs in anew, because who is signed in gets the visit of the new account so, too. */
async function goOn(
  container: Pick<Container, 'pool' | 'clock'>,
  { req, res, accepted: { person, memberId } }: { req: TokenRequest; res: Response; accepted: Accepted },
): Promise<void> {
  await signInPerson(container, req, person.id);
  const visits = await listVisits(container, req.sessionID);
  const joined = visits.find((visit) => memberId !== null && visit.memberId === memberId);
  res.redirect(303, joined === undefined ? HOME_OF_PERSON : tenantPath('/dashboard', joined.tenantId));
}

interface Shown {
  req: TokenRequest;
  res: Response;
  invitation: OpenInvitation;
  form?: Form;
  status?: number;
}

async function renderInvitation(
  { pool }: Pick<Container, 'pool'>,
  { req, res, invitation, form = blankForm(), status = 200 }: Shown,
): Promise<void> {
  const { person } = req;
  const isKnown = (await findPersonByEmail(pool, invitation.email)) !== null;
  if (person === null && req.method === 'GET') rememberReturnPath(req, res);
  const path = `/invitations/${encodeURIComponent(req.params.token)}`;
  const model = { invitation, person, isKnown, form, action: path, isTeam: invitation.role !== null };
  await renderPage(res, {
    view: 'invitations/show',
    title: 'Invitation',
    layout: 'public',
    model,
    status,
  });
}
