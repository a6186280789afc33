import type { Container } from '#src/container.ts';
import { isWithoutParent } from '#src/infra/database/data-error.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { NewVisit, SessionUser } from './session-user.ts';

/** A visit ends so long after its last page. */
export const VISIT_MS = 12 * 60 * 60 * 1000;
/** And so long after its sign-on however it is used: who may open the add-on is for Heroku to say, now and then. */
const MAX_VISIT_MS = 24 * 60 * 60 * 1000;
/** Of one browser; one more, and the one that was used least lately ends. */
const MAX_VISITS = 20;
/** Its use is written at most so often. */
const RENEWED_EVERY_MS = 60_000;

type Parts = Pick<Container, 'pool' | 'clock'>;

interface Row {
  account_id: string;
  resource_id: string | null;
  member_id: string | null;
  email: string | null;
  role: SessionUser['role'] | null;
  account_name: string;
  plan: string;
  resource_name: string | null;
  app_name: string | null;
  used_at: Date;
}

/** Those that are still valid: not of a resource that was removed, and a removed member's are gone. */
export async function listVisits({ pool, clock }: Parts, sid: string): Promise<SessionUser[]> {
  const { rows } = await pool.query<Row>(
    `select session_visits.account_id, resource_id, member_id, used_at, members.email, members.role,
       accounts.name as account_name, accounts.plan, heroku_resources.name as resource_name, app_name
     from session_visits
     join accounts on accounts.id = session_visits.account_id
     left join members on members.id = member_id
     left join heroku_resources on heroku_resources.id = resource_id
     where sid = $1 and used_at > $2 and signed_in_at > $3
       and (resource_id is null or heroku_resources.account_id = session_visits.account_id)
     order by signed_in_at desc, session_visits.account_id`,
    [sid, oldestUse(clock), oldestSignOn(clock)],
  );
  return rows.map(userOf);
}

/** Says that the visit was used. One that ended meanwhile stays ended. */
export async function renewVisit(
  { pool, clock }: Parts,
  sid: string,
  { accountId, usedAt }: SessionUser,
): Promise<void> {
  const now = clock.now();
  if (now - usedAt.getTime() < RENEWED_EVERY_MS) return;
  await pool.query('update session_visits set used_at = $3 where sid = $1 and account_id = $2', [
    sid,
    accountId,
    new Date(now),
  ]);
}

/**
 * Adds a visit to those of the session `from`, which all move to the session `to`; `from` ends. False, and nothing is
 * moved, when the account or the member went away just now.
 */
export async function moveVisits(
  { pool, clock }: Parts,
  { from, to, visit }: { from: string; to: string; visit: NewVisit },
): Promise<boolean> {
  const { accountId, resourceId, memberId } = visit;
  const move = transaction(pool, async (client) => {
    await client.query(
      `insert into session_visits (sid, account_id, resource_id, member_id, signed_in_at, used_at)
       select $2, account_id, resource_id, member_id, signed_in_at, used_at
       from session_visits where sid = $1 and account_id <> $3 and used_at > $4
       order by used_at desc, signed_in_at desc limit $5`,
      [from, to, accountId, oldestUse(clock), MAX_VISITS - 1],
    );
    await client.query(
      `insert into session_visits (sid, account_id, resource_id, member_id, signed_in_at, used_at)
       values ($1, $2, $3, $4, $5, $5)`,
      [to, accountId, resourceId, memberId, new Date(clock.now())],
    );
    await client.query('delete from sessions where sid = $1', [from]);
  });
  return move.then(
    () => true,
    (error: unknown) => {
      if (isWithoutParent(error)) return false;
      throw error;
    },
  );
}

export async function endVisit({ pool }: Pick<Parts, 'pool'>, sid: string, accountId: string): Promise<void> {
  await pool.query('delete from session_visits where sid = $1 and account_id = $2', [sid, accountId]);
}

function oldestUse(clock: Parts['clock']): Date {
  return new Date(clock.now() - VISIT_MS);
}

function oldestSignOn(clock: Parts['clock']): Date {
  return new Date(clock.now() - MAX_VISIT_MS);
}

function userOf(row: Row): SessionUser {
  const { account_id: accountId, resource_id: resourceId } = row;
  return {
    addon: resourceId ?? accountId,
    memberId: row.member_id,
    accountId,
    resourceId,
    email: row.email,
    role: row.role ?? 'member',
    account: { name: row.account_name, plan: row.plan },
    resource: resourceId === null ? null : { name: row.resource_name ?? '', appName: row.app_name ?? '' },
    usedAt: row.used_at,
  };
}
