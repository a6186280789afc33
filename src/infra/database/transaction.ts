import type { Pool, PoolClient } from 'pg';
import { beginOn } from './two-phase.ts';

/** Runs `work` in a transaction on one connection: committed when it returns, rolled back when it throws. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(beginOn(pool));
    const result = await work(client);
    await commit(client);
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: unknown) => {
      broken = rollbackError as Error;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Commits. Throws when PostgreSQL rolled back instead, because after a failed statement COMMIT answers ROLLBACK without
 * an error.
 */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT')
    throw new Error(`The transaction was not committed: PostgreSQL answered ${command}`);
}
