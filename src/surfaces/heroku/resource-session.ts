import type { TeamIsFull } from '#src/domain/accounts/members.ts';
import { findResource } from '#src/domain/heroku-resources/find-resource.ts';
import type { Container } from '#src/container.ts';
import type { NewVisit } from '#src/domain/visits/visit.ts';

interface VisitRequest {
  resourceId: string;
  /**
   * Null when no token identifies the person. The visitor then is a member without a stored row, because the first
   * stored member becomes the admin, who must be an identified person.
   */
  person: { herokuUserId: string; email: string } | null;
  /** Current name of the owning app, because customers rename their apps. */
  appName?: string | undefined;
}

/** Why a person with a valid token is refused. */
export type NoEntry =
  | { reason: 'unknown_resource' | 'removed' }
  | ({ reason: 'team_is_full'; appName: string | null } & TeamIsFull);

export type Entry = { visit: NewVisit & { resourceId: string } } | { refusal: NoEntry };

type Parts = Pick<Container, 'models' | 'members' | 'herokuPlatform'>;

/** The visit to begin, with the person stored as a member; or the reason for a refusal. */
export async function visitResource(
  { models, members, herokuPlatform }: Parts,
  { resourceId, person, appName }: VisitRequest,
): Promise<Entry> {
  const resource = await findResource({ models }, resourceId);
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
