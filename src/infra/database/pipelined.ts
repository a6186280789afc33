import type { Pool, PoolClient } from 'pg';
import { transaction } from './transaction.ts';
import { beginOn, engineOf } from './two-phase.ts';

/**
 * Issues one statement, synchronously or after microtasks, and answers its result. On Citus it may issue several, one
 * after the other.
 */
export type Statement<T> = (client: PoolClient) => Promise<T>;

/** A statement, and what it will have answered, for statements after it that need that. */
export interface Asked<T> {
  statement: Statement<T>;
  answer: Promise<T>;
}

export function ask<T>(issue: Statement<T>): Asked<T> {
  const { promise: answer, resolve, reject } = Promise.withResolvers<T>();
  // The statement fails too; those after it may never ask.
  answer.catch(() => undefined);
  return {
    answer,
    statement: (client) => {
      const issued = issue(client);
      issued.then(resolve, reject);
      return issued;
    },
  };
}

/** The statements, issued in their order with `answer`, once it is there. That costs a round trip. */
export const following = <T>(
  answer: Promise<T>,
  statements: ((client: PoolClient, answer: T) => Promise<unknown>)[],
): Statement<unknown>[] => statements.map((issue) => async (client) => issue(client, await answer));

/**
 * Runs a transaction in one round trip: BEGIN, the statements and COMMIT are all sent before the first answer arrives.
 * On Citus each statement waits for the one before it, because what is one statement elsewhere may be several there.
 * A statement that is issued later ({@link following}) is awaited before COMMIT. Throws when the transaction was rolled
 * back, and when the connection was lost before COMMIT was answered; then it is unknown whether it committed.
 */
export async function pipelined<const T extends readonly unknown[]>(
  pool: Pool,
  statements: { [K in keyof T]: Statement<T[K]> },
): Promise<T> {
  if (engineOf(pool) === 'citus') return (await oneByOne(pool, statements)) as unknown as T;
  const client = await pool.connect();
  let isBroken = false;
  try {
    const begun = client.query(beginOn(pool));
    const isIssued = statements.map(() => false);
    // Async, so that what throws at once is a statement that failed.
    const results = statements.map(async (issue, index) =>
      issue(noting(client, () => (isIssued[index] = true))),
    );
    const all = Promise.all([begun, ...results]);
    // Handled below; until then a rejection must not count as unhandled.
    all.catch(() => undefined);
    // Resolves after the microtasks of the statements: by then every statement that awaits no I/O was issued.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    if (isIssued.includes(false)) await rolledBackUnlessDone(client, results);
    const committed = client.query('commit');
    committed.catch(() => {
      isBroken = true;
    });
    const [, ...values] = await settledBefore(all, committed);
    // After a failed statement COMMIT answers ROLLBACK without raising.
    const { command } = await committed;
    if (command !== 'COMMIT')
      throw new Error(`The transaction was not committed: PostgreSQL answered ${command}`);
    return values as unknown as T;
  } finally {
    client.release(isBroken);
  }
}

function oneByOne(pool: Pool, statements: readonly Statement<unknown>[]): Promise<unknown[]> {
  return transaction(pool, async (client) => {
    const results: unknown[] = [];
    for (const issue of statements) results.push(await issue(client));
    return results;
  });
}

/**
 * Awaits the statements, and rolls back when one failed before it reached PostgreSQL, because COMMIT would succeed
 * without it.
 */
async function rolledBackUnlessDone(client: PoolClient, results: Promise<unknown>[]): Promise<void> {
  try {
    await Promise.all(results);
  } catch (error) {
    await Promise.allSettled(results);
    await client.query('rollback');
    throw error;
  }
}

/** The statements' results. A failure is thrown after COMMIT was answered, because only then is the connection free. */
async function settledBefore<T>(all: Promise<T>, committed: Promise<unknown>): Promise<T> {
  const [result] = await Promise.allSettled([all, committed]);
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** The client, which tells when it is asked for a query. */
function noting(client: PoolClient, onQuery: () => void): PoolClient {
  return new Proxy(client, {
    get(target, property) {
      if (property === 'query') onQuery();
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
