import type { Request, RequestHandler, Response } from 'express';
import type { Container } from '#src/container.ts';
import { tenantPath } from '#src/surfaces/html/tenant-path.ts';
import type { PageLocals } from '#src/surfaces/html/render.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { listVisits } from '#src/domain/visits/visits.ts';
import { Unauthenticated } from '#src/infra/lib/errors.ts';

/** The visit to the account of the page. Throws Unauthenticated without one; for routes behind `requireVisit`. */
export function currentVisit(req: Request): Visit {
  if (req.user === undefined) throw new Unauthenticated('Sign in first.');
  return req.user;
}

/** Locals of every page's frame: the user, the account, the Heroku resource, and the browser's other visits. */
export const loadFrame: RequestHandler = (req, res, next) => {
  const { user, visits, person } = req;
  const locals = res.locals as PageLocals;
  locals.person = person;
  locals.visits = visits.map((visit) => ({ tenantId: visit.tenantId, label: labelOf(visit) }));
  if (user !== undefined) {
    const { account, resource } = user;
    locals.tenantId = user.tenantId;
    locals.user = { email: emailOf(user) };
    locals.role = user.role;
    locals.account = account;
    if (resource !== null) locals.resource = { ...resource, plan: account.plan };
  }
  next();
};

/** A path with the account of the page, for redirects. Views use `to(path)`. */
export function accountPath(res: Response, path: string): string {
  return tenantPath(path, (res.locals as PageLocals).tenantId);
}

/** Whether the visit of a long-lived request still exists. */
export async function isStillSignedIn(
  parts: Pick<Container, 'pool' | 'clock'>,
  req: Request,
): Promise<boolean> {
  const { accountId, memberId } = currentVisit(req);
  const visits = await listVisits(parts, req.sessionID);
  return visits.some((visit) => visit.accountId === accountId && visit.memberId === memberId);
}

function labelOf({ account, resource }: Visit): string {
  if (resource === null) return account.name;
  return resource.appName === '' ? resource.name : `${resource.appName} (${resource.name})`;
}

function emailOf({ email }: Visit): string {
  return email ?? 'signed in by Heroku';
}
