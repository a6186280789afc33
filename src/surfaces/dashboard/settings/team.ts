import type { Container } from '#src/container.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { hasRight, RIGHTS, ROLES } from '#src/domain/roles/roles.ts';
import { findPlan } from '#src/domain/plans/plans.ts';

const MAX_ROWS = 200;

/** A row for each right: what it allows, and for each of {@link ROLES} whether it has it. */
const rightsTable = () =>
  Object.values(RIGHTS).map(({ allows, roles }) => ({
    allows,
    roles: ROLES.map((role) => ({ role, may: roles.some((one) => one === role) })),
  }));

/** The members who have signed in to the account, and whether the viewer may manage them. */
export async function readTeam(
  { members }: Pick<Container, 'members'>,
  { account, accountId, memberId, role }: Visit,
) {
  const people = await members.list(accountId, MAX_ROWS);
  return {
    limit: findPlan(account.plan)?.members ?? null,
    canManage: hasRight(role, 'team'),
    canMakeOwners: hasRight(role, 'owners'),
    roles: ROLES.filter((one) => one !== 'owner' || hasRight(role, 'owners')),
    rights: rightsTable(),
    people: people.map((member) => ({
      id: member.id,
      email: member.email,
      role: member.role,
      lastSignedInAt: member.lastSignedInAt,
      isYou: member.id === memberId,
      isOfHeroku: member.herokuUserId !== null,
      canChange: hasRight(role, member.role === 'owner' ? 'owners' : 'team'),
      href: `/settings/team/${member.id}`,
    })),
  };
}
