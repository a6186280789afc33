import type { Request, RequestHandler } from 'express';
import type { Pool } from 'pg';
import type { Container } from '#src/container.ts';
import { actingAs } from '#src/domain/audit/actor.ts';
import { accountsWithAppId, accountsWithAppUid } from '#src/domain/apps/app-owners.ts';
import { accountsWithHookHelper } from '#src/domain/hook-helpers/hook-helper-owners.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { isUuid } from '#src/infra/lib/ids.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD']);

/**
 * Sets `req.user` to the visit that the request is for. `?addon=` decides alone where it is given; otherwise the
 * account that has the app or Hook Helper in the path, otherwise the only visit. Where none of these decides, GET and
 * HEAD use the latest visit and other methods leave `req.user` unset, so that `requireChoice` asks. What the request
 * does from here on is done by the visitor.
 */
export function chooseVisit({ pool }: Pick<Container, 'pool'>): RequestHandler {
  return async (req, _res, next) => {
    const visit = await visitOf(pool, req);
    if (visit === undefined) {
      next();
      return;
    }
    req.user = visit;
    actingAs({ type: 'person', id: visit.memberId, email: visit.email }, next);
  };
}

async function visitOf(pool: Pool, req: Request): Promise<Visit | undefined> {
  const { visits, query } = req;
  if (query['addon'] !== undefined) return visits.find(({ tenantId }) => tenantId === query['addon']);
  if (visits.length <= 1) return visits[0];
  const owners = await ownersOf(pool, req);
  if (owners?.length === 1) return visits.find(({ accountId }) => accountId === owners[0]);
  // An id that no visited account has is answered 404 in any of them.
  return owners?.length === 0 || SAFE_METHODS.has(req.method) ? visits[0] : undefined;
}

/** The visited accounts that have what the path names; null when the path names no app and no Hook Helper. */
async function ownersOf(pool: Pool, req: Request): Promise<string[] | null> {
  const [, family, segment] = /^\/(apps|hook_helpers)\/([^/]+)/.exec(req.path) ?? [];
  if (family === undefined || segment === undefined || req.path === '/apps/new') return null;
  const idOrUid = decoded(segment);
  const accountIds = req.visits.map(({ accountId }) => accountId);
  if (family === 'hook_helpers') {
    return isUuid(idOrUid) ? accountsWithHookHelper(pool, accountIds, idOrUid) : [];
  }
  const byId = isUuid(idOrUid) ? await accountsWithAppId(pool, accountIds, idOrUid) : [];
  return byId.length > 0 ? byId : accountsWithAppUid(pool, accountIds, idOrUid);
}

/** The segment as Express decodes it for the routes. One that cannot be decoded stays, because the routes refuse it. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
