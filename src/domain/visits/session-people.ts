import type { Pool, PoolClient } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { MAX_IDLE_MS, MAX_VISIT_MS, RENEW_MS } from './visit-times.ts';
import { MAX_VISITS } from './visits.ts';

/** A person of ours who is signed in in a browser, read from the database at each request. */
export interface SignedInPerson {
  id: string;
  email: string;
  /** When a page was last shown, to the minute. */
  usedAt: Date;
}

/** What a person tells sessions apart by. */
export interface BrowserOfSession {
  address: string;
  /** The User-Agent header. */
  browser: string;
}

interface Dependencies {
  pool: Pool;
  clock: Clock;
}

/** Who is signed in in this session; null for nobody. */
export async function findSignedInPerson(
  { pool, clock }: Dependencies,
  sid: string,
): Promise<SignedInPerson | null> {
  const { rows } = await pool.query<SignedInPerson>(
    `select people.id, email, used_at as "usedAt" from session_people join people on people.id = person_id
     where sid = $1 and used_at > $2 and signed_in_at > $3`,
    [sid, new Date(clock.now() - MAX_IDLE_MS), new Date(clock.now() - MAX_VISIT_MS)],
  );
  return rows[0] ?? null;
}

interface NewSession extends BrowserOfSession {
  from: string;
  to: string;
  personId: string;
}

/**
 * Signs the person in in the session `to`, with a visit to each of their accounts, and ends the session `from`. Its
 * visits by way of Heroku are moved, in one transaction; those of another person end.
 */
export async function beginPersonSession(
  { pool, clock }: Dependencies,
  { from, to, personId, address, browser }: NewSession,
): Promise<void> {
  const now = new Date(clock.now());
  await transaction(pool, async (client) => {
    await client.query(
      `insert into session_people (sid, person_id, address, browser, signed_in_at, used_at)
       values ($1, $2, $3, $4, $5, $5)`,
      [to, personId, address, browser, now],
    );
    await client.query('update members set last_signed_in_at = $2 where person_id = $1', [personId, now]);
    await client.query(
      `insert into session_visits (sid, account_id, resource_id, member_id, signed_in_at, used_at)
       select $2, members.account_id, heroku_resources.id, members.id, $3, $3
       from members left join heroku_resources on heroku_resources.account_id = members.account_id
       where person_id = $1 order by members.id desc limit $4`,
      [personId, to, now, MAX_VISITS],
    );
    await client.query(
      `insert into session_visits (sid, account_id, resource_id, member_id, signed_in_at, used_at)
       select $2, session_visits.account_id, resource_id, member_id, signed_in_at, used_at
       from session_visits left join members on members.id = member_id
       where sid = $1 and person_id is null
       on conflict do nothing`,
      [from, to],
    );
    await client.query('delete from sessions where sid = $1', [from]);
  });
}

/** Stores that a page was shown now, at most once a minute. */
export async function renewPerson(
  { pool, clock }: Dependencies,
  sid: string,
  { usedAt }: SignedInPerson,
): Promise<void> {
  const now = clock.now();
  if (now - usedAt.getTime() < RENEW_MS) return;
  await pool.query('update session_people set used_at = $2 where sid = $1', [sid, new Date(now)]);
}

/**
 * Ends the sessions of a person, but for `exceptSid`, with every visit of those browsers, and of the portals that the
 * person may open.
 */
export async function endSessionsOfPerson(
  database: Pick<Pool | PoolClient, 'query'>,
  personId: string,
  { exceptSid = '' }: { exceptSid?: string | undefined } = {},
): Promise<void> {
  await database.query(
    'delete from sessions where sid in (select sid from session_people where person_id = $1 and sid <> $2)',
    [personId, exceptSid],
  );
  await database.query(
    `update subscriptions set portal_epoch = portal_epoch + 1
     from subscription_people joined
     where joined.person_id = $1 and subscriptions.account_id = joined.account_id
       and subscriptions.id = joined.subscription_id`,
    [personId],
  );
}

/** A browser in which a person is signed in. */
export interface SessionOfPerson extends BrowserOfSession {
  /** A hash of the session's id, which is a secret. */
  mark: string;
  isThis: boolean;
  signedInAt: Date;
  usedAt: Date;
}

const MARK = `left(encode(sha256(convert_to(sid, 'UTF8')), 'hex'), 32)`;
const MAX_LISTED = 100;

/** The sessions of a person that are open, the latest used first; at most 100. */
export async function listSessionsOfPerson(
  { pool, clock }: Dependencies,
  personId: string,
  sid: string,
): Promise<SessionOfPerson[]> {
  const { rows } = await pool.query<SessionOfPerson>(
    `select ${MARK} as mark, sid = $2 as "isThis", address, browser, signed_in_at as "signedInAt",
       used_at as "usedAt"
     from session_people where person_id = $1 and used_at > $3 and signed_in_at > $4
     order by used_at desc, signed_in_at desc, sid limit $5`,
    [personId, sid, new Date(clock.now() - MAX_IDLE_MS), new Date(clock.now() - MAX_VISIT_MS), MAX_LISTED],
  );
  return rows;
}

/** Ends one of them, by its mark; nothing when it is another person's, or over. */
export async function endSessionOfPerson(pool: Pool, personId: string, mark: string): Promise<void> {
  await pool.query(
    `delete from sessions where sid in (select sid from session_people where person_id = $1 and ${MARK} = $2)`,
    [personId, mark],
  );
}
