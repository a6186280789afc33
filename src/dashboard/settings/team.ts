import type { Container } from '../../container.ts';
import type { SessionUser } from '../../http/session.ts';

const MOST_ROWS = 200;

/** The people who have signed in to the account. */
export async function readTeam({ models }: Container, { accountId, memberId }: SessionUser) {
  const members = await models.Member.findAll({
    where: { accountId },
    order: [['id', 'DESC']],
    limit: MOST_ROWS,
  });
  return members.map(({ id, email, role, lastSignedInAt }) => ({
    email,
    role,
    lastSignedInAt,
    isYou: id === memberId,
  }));
}
