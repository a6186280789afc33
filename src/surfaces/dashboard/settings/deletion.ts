import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { hasRight } from '#src/domain/roles/roles.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { herokuCommands } from '#src/surfaces/dashboard/heroku-commands.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';

const deletion = z.strictObject({ confirmation: z.string().default('') });

const deletionOf = ({ account }: Visit) =>
  deletion.refine(({ confirmation }) => confirmation.trim() === account.name.trim(), {
    path: ['confirmation'],
    error: 'This is not the name of the account.',
  });

type Render = (req: Request, res: Response, refused: { status: number; deletion: Form }) => Promise<void>;

/** Deletes an account without Heroku, once its name is typed. `render` renders the page with the error. */
export function accountDeletionPages(
  { accountDeletion }: Pick<Container, 'accountDeletion'>,
  render: Render,
): Router {
  const pages = new PageRoutes();

  pages.post({ right: 'end', form: deletion }, '/settings/account/delete', async (req, res) => {
    const visit = currentVisit(req);
    const result = await submit(deletionOf(visit), req.body, () =>
      accountDeletion.delete(visit.accountId, visit.memberId),
    );
    if ('form' in result) await render(req, res, { status: result.status, deletion: result.form });
    else res.redirect(303, '/you/account_deleted');
  });

  return pages.router;
}

/** How the account ends: by a command at Heroku, or here. */
export function readDeletion({ config }: Pick<Container, 'config'>, visit: Visit, form?: Form) {
  const { account, resource, role } = visit;
  return {
    name: account.name,
    command: resource === null ? null : herokuCommands(config, resource).destroy,
    mayEnd: hasRight(role, 'end'),
    form: form ?? blankForm(),
  };
}
