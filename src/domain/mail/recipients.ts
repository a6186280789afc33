import type { PoolClient } from 'pg';
import { rolesSql } from '#src/domain/roles/roles.ts';
import type { Addon } from './templates.ts';

export interface Recipient {
  address: string;
  /** Why this person gets the mail. */
  why: string;
  /** Where they choose which mails to get; null of a mail that is always sent. */
  preferencesUrl?: string | null;
}

/** The account as its mails name it; null when there is none. */
export async function addonOf(client: PoolClient, accountId: string): Promise<Addon | null> {
  const { rows } = await client.query<Addon>(
    `select coalesce(heroku_resources.id, accounts.id) as id, heroku_resources.id is not null as "isOfHeroku",
       case when heroku_resources.id is null then accounts.name
         else coalesce(heroku_resources.name, 'HostedHooks') end as name,
       app_name as "appName"
     from accounts left join heroku_resources on heroku_resources.account_id = accounts.id
     where accounts.id = $1`,
    [accountId],
  );
  return rows[0] ?? null;
}

/**
 * Whoever a role gives mails in an account; before the first of them has signed in, the owner of the app as Heroku
 * names it. May be empty.
 */
export async function adminsOf(client: PoolClient, accountId: string): Promise<Recipient[]> {
  const { rows } = await client.query<{ address: string; isOwner: boolean }>(
    `select distinct on (lower(email)) email as address, false as "isOwner"
     from members where account_id = $1 and role in (${rolesSql('mails')})
     union all
     select owner_email, true from heroku_resources where account_id = $1 and owner_email is not null`,
    [accountId],
  );
  const reachable = rows.filter(({ address }) => isReachable(address));
  const admins = reachable.filter(({ isOwner }) => !isOwner);
  return (admins.length > 0 ? admins : reachable).map(({ address, isOwner }) => ({
    address,
    why: isOwner ? 'you own the app that it belongs to' : 'you are one of its admins',
  }));
}

/** The owner of a team's app at Heroku: an address without a mailbox. */
const NOBODY = /@herokumanager\.com$/i;
/** One bare address: no list, no display name and no line break, because it becomes a header. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\\p{Cc}]+@[^\s@<>,;:"()[\]\\\p{Cc}]+$/u;

/** Whether the address is one bare address of a person. */
export function isReachable(address: string): boolean {
  return ADDRESS.test(address) && !NOBODY.test(address);
}
