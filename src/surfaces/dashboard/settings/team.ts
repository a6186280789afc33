import type { Container } from '#src/container.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { findPlan } from '#src/domain/plans/plans.ts';

const MAX_ROWS = 200;

/** The members who have signed in to the account, and whether the viewer may manage them. */
export async function readTeam(
  { models }: Pick<Container, 'models'>,
  { account, accountId, memberId, role }: Visit,
) {
  const members = await models.Member.findAll({
    where: { accountId },
    order: [['id', 'DESC']],
    limit: MAX_ROWS,
  });
  return {
    limit: findPlan(account.plan)?.members ?? null,
    canManage: role === 'admin',
    people: members.map((member) => ({
      email: member.email,
      role: member.role,
      lastSignedInAt: member.lastSignedInAt,
      isYou: member.id === memberId,
      href: `/settings/team/${member.id}`,
    })),
  };
}
