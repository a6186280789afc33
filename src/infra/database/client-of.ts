import type { Pool, PoolClient } from 'pg';
import type { Transaction } from 'sequelize';

type Client = Pool | PoolClient;

/** The client of a transaction, whichever of the two pools it is of, so that a statement can be part of either. */
export function clientOf<T extends Client>(db: T | Transaction): T | PoolClient {
  if (!('afterCommit' in db)) return db;
  // Sequelize keeps it there and does not say so in its types.
  const { connection } = db as unknown as { connection?: PoolClient };
  if (connection === undefined) throw new Error('The transaction has no connection: it is over');
  return connection;
}
