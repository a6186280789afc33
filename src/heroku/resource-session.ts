import type { Container } from '../container.ts';
import type { SessionUser } from '../http/session.ts';

interface Visit {
  resourceId: string;
  /**
   * Null for a visitor whom no token names. Such a one may look around as a member but is not recorded: recorded, the
   * first would become admin in place of the person who comes first by name.
   */
  person: { herokuUserId: string; email: string } | null;
  /** The owning app's name today; customers rename their apps. */
  appName?: string | undefined;
}

type Parts = Pick<Container, 'models' | 'members'>;

/** Who the session of this visit belongs to, or null when there is no such resource or it was deprovisioned. */
export async function visitResource(
  { models, members }: Parts,
  { resourceId, person, appName }: Visit,
): Promise<SessionUser | null> {
  const resource = await models.HerokuResource.findByPk(resourceId);
  const accountId = resource?.accountId ?? null;
  if (resource === null || accountId === null) return null;
  if (appName !== undefined && appName !== resource.appName) {
    await models.HerokuResource.update({ appName }, { where: { id: resourceId, deprovisionedAt: null } });
  }
  if (person === null) return { memberId: null, accountId, resourceId, email: null, role: 'member' };
  const member = await members.signIn(accountId, person);
  if (member === null) return null;
  return { memberId: member.id, accountId, resourceId, email: person.email, role: member.role };
}
