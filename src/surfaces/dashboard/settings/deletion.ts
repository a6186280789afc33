import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { typedPassword } from '#src/domain/people/passwords.ts';
import { hasRight } from '#src/domain/roles/roles.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { herokuCommands } from '#src/surfaces/dashboard/heroku-commands.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';

type Parts = Pick<Container, 'accountDeletion' | 'passwordsOfPeople' | 'signInRates'>;

const deletion = z.strictObject({ confirmation: z.string().default(''), password: z.string().default('') });

/** Heroku's people have no password. */
const deletionOf = ({ account, personId }: Visit) =>
  deletion
    .extend({ password: personId === null ? deletion.shape.password : typedPassword })
    .refine(({ confirmation }) => confirmation.trim() === account.name.trim(), {
      path: ['confirmation'],
      error: 'This is not the name of the account.',
    });

type Render = (req: Request, res: Response, refused: { status: number; deletion: Form }) => Promise<void>;

/** Deletes an account without Heroku, once its name and the password are typed. `render` renders the page anew. */
export function accountDeletionPages(
  { accountDeletion, passwordsOfPeople, signInRates }: Parts,
  render: Render,
): Router {
  const pages = new PageRoutes();

  async function checkPassword(req: Request, { personId, email }: Visit, password: string): Promise<void> {
    if (personId === null) return;
    const address = email ?? '';
    await signInRates.take({ network: req.ip ?? '', email: address, of: 'password' });
    const known = await passwordsOfPeople.check(address, password);
    if (known?.id !== personId) throw new InvalidInput('The password is not right.');
  }

  pages.post({ right: 'end', form: deletion }, '/settings/account/delete', async (req, res) => {
    const visit = currentVisit(req);
    const result = await submit(deletionOf(visit), req.body, async ({ password }) => {
      await checkPassword(req, visit, password);
      await accountDeletion.delete(visit.accountId, visit.memberId);
    });
    if ('form' in result) await render(req, res, { status: result.status, deletion: result.form });
    else res.redirect(303, '/you/account_deleted');
  });

  return pages.router;
}

/** How the account ends: by a command at Heroku, or here. */
export function readDeletion({ config }: Pick<Container, 'config'>, visit: Visit, form?: Form) {
  const { account, personId, resource, role } = visit;
  return {
    name: account.name,
    command: resource === null ? null : herokuCommands(config, resource).destroy,
    mayEnd: hasRight(role, 'end'),
    hasPassword: personId !== null,
    form: form ?? blankForm(),
  };
}
