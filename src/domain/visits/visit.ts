import type { Role } from '#src/domain/roles/roles.ts';

/** An open visit of a browser to one account, read from the database at each request. A session holds several. */
export interface Visit {
  /** The value of `?addon=` in a page's address: the resource's id, or the account's id where there is no resource. */
  tenantId: string;
  /**
   * Null for a visitor whom a legacy token admitted: Heroku said no person, so the role is member and none is stored.
   */
  memberId: string | null;
  /** The person of ours that the member is; null for Heroku's people. */
  personId: string | null;
  accountId: string;
  /** The Heroku resource that was opened; null for a sign-in without Heroku. */
  resourceId: string | null;
  email: string | null;
  role: Role;
  account: { name: string; plan: string };
  /** `configVar`: the name of the API key on the owning app, where Heroku has told it. */
  resource: { name: string; appName: string; configVar: string | null } | null;
  /** When a page of the visit was last shown, to the minute. */
  usedAt: Date;
}

/** The stored part of a visit. The rest is read at each request, because a right that was revoked must end at once. */
export type NewVisit = Pick<Visit, 'accountId' | 'resourceId' | 'memberId'>;
