import type { Pool, PoolClient, QueryResult } from 'pg';

/** A transaction that a test keeps open while others wait for what it locks. Disposing rolls it back. */
export interface HeldTransaction extends AsyncDisposable {
  query(text: string, values?: unknown[]): Promise<QueryResult>;
  /** Resolves when what waited may go on. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/**
 * Begins a transaction. To be declared with `await using` after the server, whose stop would wait for ever for a lock
 * that a failed test still holds.
 */
export async function holdTransaction(pool: Pool): Promise<HeldTransaction> {
  let client: PoolClient | undefined = await pool.connect();
  await client.query('begin');
  const end = async (how: 'commit' | 'rollback') => {
    const ending = client;
    client = undefined;
    await ending?.query(how);
    ending?.release();
  };
  return {
    query: async (text, values) => {
      if (client === undefined) throw new Error('The transaction has ended');
      return client.query(text, values);
    },
    commit: () => end('commit'),
    rollback: () => end('rollback'),
    [Symbol.asyncDispose]: () => end('rollback'),
  };
}
