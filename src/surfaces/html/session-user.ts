/** Who visits an account in this browser, as the database says it at this request. A session holds several. */
export interface SessionUser {
  /** What `?addon=` in an address names it by: the resource, or the account of whoever has none. */
  addon: string;
  /** Null for a person whom Heroku let in without saying who it is (a legacy token): role member, not recorded. */
  memberId: string | null;
  accountId: string;
  /** The Heroku resource that was opened; null for whoever signed in with us. */
  resourceId: string | null;
  email: string | null;
  role: 'admin' | 'member';
  account: { name: string; plan: string };
  resource: { name: string; appName: string } | null;
  usedAt: Date;
}

/** All that is stored of a visit: the rest is read anew, so that what was taken away ends with the next request. */
export type NewVisit = Pick<SessionUser, 'accountId' | 'resourceId' | 'memberId'>;

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Express lets its requests be typed
  namespace Express {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merged with what passport declares
    interface User extends SessionUser {}
    interface Request {
      /** All whom this browser is signed in as, the latest sign-on first. */
      visits: SessionUser[];
    }
  }
}
