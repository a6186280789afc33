import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { BadRequest, Conflict } from '#src/infra/lib/errors.ts';
import { type NoticeName, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { ROLES, withArticle } from '#src/domain/roles/roles.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';

const roleForm = z.strictObject({ role: z.enum(ROLES) });

type Render = (
  req: Request,
  res: Response,
  refused: { status: number; teamProblem: string },
) => Promise<void>;

/** Actions on the account's members. `render` renders the page with the error. */
export function teamActions({ members }: Pick<Container, 'members'>, render: Render): Router {
  const pages = new PageRoutes();
  const targetOf = (req: Request<{ member: string }>) => {
    const { accountId, memberId: actorId } = currentVisit(req);
    return { accountId, actorId, memberId: req.params.member };
  };

  const answer = async (req: Request, res: Response, done: { work: Promise<void>; notice: NoticeName }) => {
    try {
      await done.work;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await render(req, res, { status: error.status, teamProblem: error.message });
      return;
    }
    redirectWith(res, '/settings/account', done.notice);
  };

  pages.post({ right: 'team', form: roleForm }, '/settings/team/:member/role', async (req, res) => {
    const role = roleForm.safeParse(req.body).data?.role;
    if (role === undefined) throw new BadRequest(`A person is ${ROLES.map(withArticle).join(', ')}.`);
    const notice = `made_${role}` as const;
    await answer(req, res, { work: members.setRole(targetOf(req), role), notice });
  });

  pages.post({ right: 'team', form: noFields }, '/settings/team/:member/remove', async (req, res) => {
    await answer(req, res, { work: members.remove(targetOf(req)), notice: 'member_removed' });
  });

  return pages.router;
}
