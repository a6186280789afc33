import type { RequestHandler } from 'express';
import { ONLY_ADMINS } from '#src/domain/accounts/members.ts';
import { Forbidden } from '#src/infra/lib/errors.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';

/** Lets only admins of the account pass. Guards actions that take something away from other people. */
export const requireAdmin: RequestHandler = (req, _res, next) => {
  if (currentVisit(req).role === 'admin') next();
  else next(new Forbidden(ONLY_ADMINS));
};
