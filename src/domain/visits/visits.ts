import type { Pool, PoolClient } from 'pg';
import { isWithoutParent } from '#src/infra/database/data-error.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { NewVisit, Visit } from './visit.ts';
import { MAX_IDLE_MS, MAX_VISIT_MS, RENEW_MS } from './visit-times.ts';

/** Visits of one session. One more ends the least recently used. */
export const MAX_VISITS = 20;
interface Dependencies {
  pool: Pool;
  clock: Clock;
}

interface Row {
  account_id: string;
  resource_id: string | null;
  member_id: string | null;
  person_id: string | null;
  email: string | null;
  role: Visit['role'] | null;
  account_name: string;
  plan: string;
  resource_name: string | null;
  app_name: string | null;
  config_var: string | null;
  used_at: Date;
}

/** The open visits of a session, the latest sign-on first. Visits of removed resources and removed members are over. */
export async function listVisits({ pool, clock }: Dependencies, sid: string): Promise<Visit[]> {
  const { rows } = await pool.query<Row>(
    `select session_visits.account_id, resource_id, member_id, used_at, members.person_id, members.email, members.role,
       accounts.name as account_name, accounts.plan, heroku_resources.name as resource_name, app_name,
       config_var
     from session_visits
     join accounts on accounts.id = session_visits.account_id
     left join members on members.id = member_id
     left join heroku_resources on heroku_resources.id = resource_id
     where sid = $1 and used_at > $2 and signed_in_at > $3
       and (resource_id is null or heroku_resources.account_id = session_visits.account_id)
     order by signed_in_at desc, session_visits.account_id`,
    [sid, oldestUse(clock), oldestSignOn(clock)],
  );
  return rows.map(toVisit);
}

/** Stores that the visit was used now, at most once a minute. A visit that has ended meanwhile stays ended. */
export async function renewVisit(
  { pool, clock }: Dependencies,
  sid: string,
  { accountId, usedAt }: Visit,
): Promise<void> {
  const now = clock.now();
  if (now - usedAt.getTime() < RENEW_MS) return;
  await pool.query('update session_visits set used_at = $3 where sid = $1 and account_id = $2', [
    sid,
    accountId,
    new Date(now),
  ]);
}

/**
 * Moves the visits of the session `from` to the session `to`, adds `visit`, and ends `from`, in one transaction. Of one
 * account only the latest visit stays. False, with nothing moved, when the account or the member was just removed.
 */
export async function moveVisits(
  { pool, clock }: Dependencies,
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
    await client.query('update session_people set sid = $2 where sid = $1', [from, to]);
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

/** Ends the session's visit to the account. */
export async function endVisit(
  { pool }: Pick<Dependencies, 'pool'>,
  sid: string,
  accountId: string,
): Promise<void> {
  await pool.query('delete from session_visits where sid = $1 and account_id = $2', [sid, accountId]);
}

/**
 * Deletes the sessions that visit only this account. A session that also visits other accounts stays, as a person's
 * does, and its visit to this account is deleted with the member or the account.
 */
export async function endSessionsOf(client: PoolClient, accountId: string): Promise<void> {
  await client.query(
    `delete from sessions where sid in (select sid from session_visits where account_id = $1)
       and not exists (select from session_visits other where other.sid = sessions.sid and account_id <> $1)
       and not exists (select from session_people where session_people.sid = sessions.sid)`,
    [accountId],
  );
}

function oldestUse(clock: Clock): Date {
  return new Date(clock.now() - MAX_IDLE_MS);
}

function oldestSignOn(clock: Clock): Date {
  return new Date(clock.now() - MAX_VISIT_MS);
}

function toVisit(row: Row): Visit {
  const { account_id: accountId, resource_id: resourceId } = row;
  return {
    tenantId: resourceId ?? accountId,
    memberId: row.member_id,
    personId: row.person_id,
    accountId,
    resourceId,
    email: row.email,
    role: row.role ?? 'member',
    account: { name: row.account_name, plan: row.plan },
    resource:
      resourceId === null
        ? null
        : { name: row.resource_name ?? '', appName: row.app_name ?? '', configVar: row.config_var },
    usedAt: row.used_at,
  };
}
