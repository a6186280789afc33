import type { Pool, PoolClient } from 'pg';

/**
 * Runs a transaction in one round trip: BEGIN, the statements that `work` issues, and COMMIT are all sent before the
 * first answer is awaited. `work` must issue its statements without waiting for answers between them, `statements` of
 * them; if some come late all the same, COMMIT waits for them. Throws when the transaction did not commit.
 */
export async function pipelined<T>(
  pool: Pool,
  statements: number,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let issued = 0;
  const counting = new Proxy(client, {
    get(target, property) {
      if (property === 'query') issued += 1;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  let broken = false;
  try {
    const begun = client.query('begin');
    const working = work(counting);
    working.catch(() => undefined);
    // Runs when the microtasks of `work` have, that is when all that does not wait for the network was issued.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    if (issued < statements) await working.catch(() => undefined);
    const [, result, committed] = await Promise.allSettled([begun, working, client.query('commit')]);
    broken = committed.status === 'rejected';
    if (result.status === 'rejected') throw result.reason;
    if (committed.status === 'rejected') throw committed.reason;
    // After a failed statement COMMIT answers ROLLBACK without raising.
    const { command } = committed.value;
    if (command !== 'COMMIT')
      throw new Error(`The transaction was not committed: PostgreSQL answered ${command}`);
    return result.value;
  } finally {
    client.release(broken);
  }
}
