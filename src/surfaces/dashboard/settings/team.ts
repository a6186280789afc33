import type { Container } from '#src/container.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { findPlan } from '#src/domain/plans/plans.ts';

const MAX_ROWS = 200;

/** The members who have signed in to the account, and whether the viewer may manage them. */
export async function readTeam(
  { members }: Pick<Container, 'members'>,
  { account, accountId, memberId, role }: Visit,
) {
  const people = await members.list(accountId, MAX_ROWS);
  return {
    limit: findPlan(account.plan)?.members ?? null,
    canManage: role === 'admin',
    people: people.map((member) => ({
      email: member.email,
      role: member.role,
      lastSignedInAt: member.lastSignedInAt,
      isYou: member.id === memberId,
      href: `/settings/team/${member.id}`,
    })),
  };
}
