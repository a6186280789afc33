import type { TeamIsFull } from '#src/domain/accounts/members.ts';
import type { Container } from '#src/container.ts';
import type { NewVisit } from '#src/domain/visits/visit.ts';

interface VisitRequest {
  resourceId: string;
  /**
   * Null for a visitor whom no token names. Such a one may look around as a member but is not recorded: recorded, the
   * first would become admin in place of the person who comes first by name.
   */
  person: { herokuUserId: string; email: string } | null;
  /** The owning app's name today; customers rename their apps. */
  appName?: string | undefined;
}

/** Why somebody who was vouched for is not let in. */
export type NoEntry =
  | { reason: 'unknown_resource' | 'removed' }
  | ({ reason: 'team_is_full'; appName: string | null } & TeamIsFull);

export type Entry = { visit: NewVisit & { resourceId: string } } | { refusal: NoEntry };

type Parts = Pick<Container, 'models' | 'members' | 'herokuPlatform'>;

/** The visit that may begin, with the person recorded; or why it may not. */
export async function visitResource(
  { models, members, herokuPlatform }: Parts,
  { resourceId, person, appName }: VisitRequest,
): Promise<Entry> {
  const resource = await models.HerokuResource.findByPk(resourceId);
  const accountId = resource?.accountId ?? null;
  if (resource === null) return { refusal: { reason: 'unknown_resource' } };
  if (accountId === null) return { refusal: { reason: 'removed' } };
  if (appName !== undefined && appName !== resource.appName) {
    await herokuPlatform.updateAppName(resourceId, appName);
  }
  await herokuPlatform.syncIfStale(resourceId);
  if (person === null) return { visit: { memberId: null, accountId, resourceId } };
  const member = await members.signIn(accountId, person);
  if (member === null) return { refusal: { reason: 'removed' } };
  if ('limit' in member) {
    return { refusal: { reason: 'team_is_full', appName: appName ?? resource.appName, ...member } };
  }
  return { visit: { memberId: member.id, accountId, resourceId } };
}
