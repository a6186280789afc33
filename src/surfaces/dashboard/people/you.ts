import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { subscriptionOfPerson, subscriptionsOfPerson } from '#src/domain/invitations/subscription-people.ts';
import { renewPerson, type SignedInPerson } from '#src/domain/visits/session-people.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { blankForm, type Form, line, submit } from '#src/surfaces/html/form.ts';
import { noFields, takesFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { rememberReturnPath } from '#src/surfaces/html/return-path.ts';
import { signInPerson } from '#src/surfaces/html/session.ts';
import { HOME_OF_PERSON } from './after-sign-in.ts';
import { personOf } from './person-of.ts';
import { openPortal, type PortalParts } from './open-portal.ts';

export type YouParts = PortalParts & Pick<Container, 'clock' | 'pool' | 'signUps'>;

const accountForm = z.strictObject({
  account_name: line('Give the account a name: your company or project.', 100),
});

/** What belongs to a person of ours: accounts, and subscriptions of several providers. */
export function youPages(container: YouParts): Router {
  const { pool, signUps } = container;
  const router = Router();

  router.get(HOME_OF_PERSON, async (req, res) => {
    const { person } = req;
    if (person === null) {
      rememberReturnPath(req, res);
      res.redirect('/sign_in');
      return;
    }
    await renewPerson(container, req.sessionID, person);
    await renderYou(container, { req, res, person });
  });

  router.post('/you/accounts', takesFields(accountForm), async (req, res) => {
    const person = personOf(req);
    const result = await submit(accountForm, req.body, ({ account_name: name }) =>
      signUps.addAccount(person, name),
    );
    if ('form' in result) {
      await renderYou(container, { req, res, person, ...result });
      return;
    }
    await signInPerson(container, req, person.id);
    res.redirect(303, `/dashboard?addon=${result.saved}`);
  });

  router.post<{ subscription: string }>(
    '/you/subscriptions/:subscription/open',
    takesFields(noFields),
    async (req, res) => {
      const { id, email } = personOf(req);
      const { subscription: asked } = req.params;
      const found = isUuid(asked) ? await subscriptionOfPerson(pool, id, asked) : null;
      if (found === null) throw new NotFound('There is no such subscription of yours.');
      const { accountId, subscriptionId, portalEpoch } = found;
      openPortal(container, res, { subscription: { accountId, id: subscriptionId, portalEpoch }, email });
    },
  );

  return router;
}

interface Shown {
  req: Request;
  res: Response;
  person: SignedInPerson;
  form?: Form;
  status?: number;
}

async function renderYou(
  { pool }: YouParts,
  { req, res, person, form = blankForm(), status = 200 }: Shown,
): Promise<void> {
  const accounts = req.visits
    .filter(({ personId }) => personId === person.id)
    .map(({ account, role, tenantId }) => ({ ...account, role, tenantId }));
  const subscriptions = await subscriptionsOfPerson(pool, person.id);
  const model = { email: person.email, accounts, subscriptions, form };
  await renderPage(res, { view: 'people/you', title: 'Your accounts', layout: 'public', model, status });
}
