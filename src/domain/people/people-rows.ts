import type { Pool, PoolClient } from 'pg';
import type { Person } from './person.ts';

export interface KnownPerson extends Person {
  passwordHash: string;
  hasSecondStep: boolean;
}

type Database = Pick<Pool | PoolClient, 'query'>;

const COLUMNS = 'id, email, password_hash as "passwordHash", totp_secret is not null as "hasSecondStep"';

export async function findPersonByEmail(database: Database, email: string): Promise<KnownPerson | null> {
  const { rows } = await database.query<KnownPerson>(`select ${COLUMNS} from people where email = $1`, [
    email,
  ]);
  return rows[0] ?? null;
}

export async function findPersonById(database: Database, id: string): Promise<KnownPerson | null> {
  const { rows } = await database.query<KnownPerson>(`select ${COLUMNS} from people where id = $1`, [id]);
  return rows[0] ?? null;
}

/** False when the address is another person's. */
export async function insertPerson(
  client: PoolClient,
  person: Omit<KnownPerson, 'hasSecondStep'>,
  createdAt: Date,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into people (id, email, password_hash, created_at) values ($1, $2, $3, $4)
     on conflict (email) do nothing`,
    [person.id, person.email, person.passwordHash, createdAt],
  );
  return rowCount === 1;
}

/** False when the password is no longer the one of `from`. */
export async function replacePassword(
  client: PoolClient,
  personId: string,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    'update people set password_hash = $3 where id = $1 and password_hash = $2',
    [personId, from, to],
  );
  return rowCount === 1;
}
