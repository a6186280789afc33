import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { typedPassword } from '#src/domain/people/passwords.ts';
import type { SignedInPerson } from '#src/domain/visits/session-people.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { normalAddress } from '#src/infra/lib/email-address.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { takesFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { personOf, personOrSignIn } from './person-of.ts';

export type DeletionParts = Pick<Container, 'personDeletion' | 'pool' | 'signInRates'>;

const PAGE = '/you/delete';

const deletion = z.strictObject({
  confirmation: z.string().default(''),
  password: typedPassword,
  /** Ids of the accounts that the page said are deleted. */
  foreseen: z
    .string()
    .default('')
    .transform((ids) => ids.split(' ')),
});

const deletionOf = ({ email }: SignedInPerson) =>
  deletion.refine(({ confirmation }) => normalAddress(confirmation) === email, {
    path: ['confirmation'],
    error: 'This is not your address.',
  });

/** The end of a person: what becomes of their accounts, and a form that asks for the password again. */
export function deletionPages(container: DeletionParts): Router {
  const { personDeletion, signInRates } = container;
  const router = Router();

  router.get(PAGE, async (req, res) => {
    const person = personOrSignIn(req, res);
    if (person !== null) await renderDeletion(container, { req, res, person });
  });

  router.post(PAGE, takesFields(deletion), async (req, res) => {
    const person = personOf(req);
    const result = await submit(deletionOf(person), req.body, async ({ password, foreseen }) => {
      await signInRates.take({ network: req.ip ?? '', email: person.email, of: 'password' });
      if (!(await personDeletion.delete(person.id, { password, foreseen })))
        throw new InvalidInput('The password is not right.');
    });
    if ('form' in result) await renderDeletion(container, { req, res, person, ...result });
    else res.redirect(303, '/you/deleted');
  });

  for (const [path, heading, text] of DONE) {
    router.get(path, (_req, res) =>
      renderPage(res, { view: 'people/deleted', title: heading, layout: 'public', model: { heading, text } }),
    );
  }

  return router;
}

const DONE = [
  [
    '/you/account_deleted',
    'The account is deleted',
    'Nothing is sent any more, and its data is being destroyed. A mail says the same, also to the others of its team.',
  ],
  ['/you/deleted', 'You are deleted', 'You are signed out everywhere. A mail says the same.'],
] as const;

interface Shown {
  req: Request;
  res: Response;
  person: SignedInPerson;
  form?: Form;
  status?: number;
}

async function renderDeletion(
  { personDeletion }: DeletionParts,
  { res, person, form = blankForm(), status = 200 }: Shown,
): Promise<void> {
  const accounts = await personDeletion.foresee(person.id);
  const names = (fate: string) => accounts.filter((one) => one.fate === fate).map(({ name }) => name);
  const model = {
    email: person.email,
    deleted: names('deleted'),
    foreseen: accounts.flatMap(({ fate, accountId }) => (fate === 'deleted' ? [accountId] : [])).join(' '),
    left: names('left'),
    needOwner: names('needs_owner'),
    form,
  };
  await renderPage(res, { view: 'people/delete', title: 'Delete yourself', layout: 'public', model, status });
}
