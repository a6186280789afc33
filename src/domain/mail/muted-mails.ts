import type { Pool, PoolClient } from 'pg';

/** Whoever gets mails: one of the account's team, or of a subscriber. */
export interface Reader {
  accountId: string;
  /** Null: one of the team. */
  subscriptionId: string | null;
  email: string;
}

const keyOf = ({ accountId, subscriptionId, email }: Reader) => [
  accountId,
  subscriptionId,
  email.toLowerCase(),
];
const IS_OF = 'account_id = $1 and subscription_id is not distinct from $2 and email = $3';

/** In place of a kind: the reader wants none, also none of a kind that is added later. */
export const ALL_KINDS = 'all';

/** SQL: the row of `muted_mails` is about the kind. `kind`: the SQL of its name. */
export const mutes = (kind: string) => `muted_mails.kind in (${kind}, '${ALL_KINDS}')`;

/** The kinds of mails that the reader does not want, or {@link ALL_KINDS}. */
export async function selectMuted(db: Pool, reader: Reader): Promise<string[]> {
  const { rows } = await db.query<{ kind: string }>(
    `select kind from muted_mails where ${IS_OF}`,
    keyOf(reader),
  );
  return rows.map(({ kind }) => kind);
}

/** The addresses of the team that do not want the kind, in lower case. */
export async function selectMutedOfTeam(
  client: PoolClient,
  { accountId, kind }: { accountId: string; kind: string },
): Promise<string[]> {
  const { rows } = await client.query<{ email: string }>(
    `select email from muted_mails where account_id = $1 and subscription_id is null and ${mutes('$2')}`,
    [accountId, kind],
  );
  return rows.map(({ email }) => email);
}

/** Until the end of the transaction, because two choices at once would wait for each other's rows. */
export async function lockReader(client: PoolClient, reader: Reader): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtext($1))', [
    `muted mails ${keyOf(reader).join(' ')}`,
  ]);
}

export async function deleteMuted(db: PoolClient, reader: Reader, kinds: string[]): Promise<void> {
  await db.query(`delete from muted_mails where ${IS_OF} and kind = any($4)`, [...keyOf(reader), kinds]);
}

/** Changes nothing for a subscriber who is gone. */
export async function insertMuted(
  db: Pool | PoolClient,
  reader: Reader,
  { kinds, at }: { kinds: string[]; at: Date },
): Promise<void> {
  await db.query(
    `insert into muted_mails (account_id, app_id, subscription_id, email, kind, muted_at)
     select accounts.id, subscriptions.app_id, subscriptions.id, $3, kind, $5
     from accounts left join subscriptions on subscriptions.account_id = accounts.id and subscriptions.id = $2
     cross join unnest($4::text[]) as kind
     where accounts.id = $1 and ($2::uuid is null or subscriptions.id is not null)
     on conflict do nothing`,
    [...keyOf(reader), kinds, at],
  );
}

interface Named {
  /** The account, or the app whose subscriber it is. */
  provider: string;
  subscriber: string | null;
  /** Whether the provider sends in its own name. */
  isWhiteLabel: boolean;
}

/** What the reader's mails are about; null when the account or the subscriber is gone. */
export async function nameReader(db: Pool, { accountId, subscriptionId }: Reader): Promise<Named | null> {
  const { rows } = await db.query<Named>(
    `select coalesce(apps.name, accounts.name) as provider, subscriptions.name as subscriber,
       apps.header_prefix is not null as "isWhiteLabel"
     from accounts left join subscriptions on subscriptions.account_id = accounts.id and subscriptions.id = $2
       left join apps on apps.id = subscriptions.app_id
     where accounts.id = $1 and ($2::uuid is null or subscriptions.id is not null)`,
    [accountId, subscriptionId],
  );
  return rows[0] ?? null;
}
