import type { Request, RequestHandler } from 'express';
import type { Pool } from 'pg';
import type { Container } from '#src/container.ts';
import type { SessionUser } from '#src/surfaces/html/session-user.ts';
import { isUuid } from '#src/infra/lib/ids.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD']);

/**
 * Decides which of the browser's visits a request is about, and makes it `req.user`: the one that `?addon=` names and no
 * other, else the one that has what the path names, else the only one. Without any of these a page shows the latest,
 * and what changes something waits for a choice (`requireVisit`).
 */
export function chooseVisit({ pool }: Pick<Container, 'pool'>): RequestHandler {
  return async (req, _res, next) => {
    const user = await visitOf(pool, req);
    if (user !== undefined) req.user = user;
    next();
  };
}

async function visitOf(pool: Pool, req: Request): Promise<SessionUser | undefined> {
  const { visits, query } = req;
  if (query['addon'] !== undefined) return visits.find(({ addon }) => addon === query['addon']);
  if (visits.length <= 1) return visits[0];
  const owners = await ownersOf(pool, req);
  if (owners?.length === 1) return visits.find(({ accountId }) => accountId === owners[0]);
  // What nobody here has is not found in the latest one's account either.
  return owners?.length === 0 || SAFE_METHODS.has(req.method) ? visits[0] : undefined;
}

/** Whose of the visited accounts has what the path names: several when they use the same uid. Null when it names nothing. */
async function ownersOf(pool: Pool, req: Request): Promise<string[] | null> {
  const [, family, written] = /^\/(apps|hook_helpers)\/([^/]+)/.exec(req.path) ?? [];
  if (family === undefined || written === undefined || req.path === '/apps/new') return null;
  const name = decoded(written);
  const accounts = req.visits.map(({ accountId }) => accountId);
  if (isUuid(name)) {
    const table = family === 'apps' ? 'apps' : 'hook_helpers';
    const byId = await owners(pool, `select account_id from ${table} where id = $2`, [accounts, name]);
    if (byId.length > 0 || family === 'hook_helpers') return byId;
  }
  if (family === 'hook_helpers') return [];
  return owners(pool, 'select account_id from apps where uid = $2', [accounts, name]);
}

/** As the routes read it, too; what cannot be read they refuse. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

async function owners(pool: Pool, select: string, values: [string[], string]): Promise<string[]> {
  const { rows } = await pool.query<{ account_id: string }>(`${select} and account_id = any($1)`, values);
  return rows.map((row) => row.account_id);
}
