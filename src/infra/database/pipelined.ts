import type { Pool, PoolClient, QueryConfig } from 'pg';
import { holdSync } from './one-sync.ts';
import { transaction } from './transaction.ts';
import { engineOf } from './two-phase.ts';

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
 * Runs a transaction in one round trip: BEGIN, the statements and COMMIT are all sent before the first answer arrives,
 * and, as long as the answers are short, committed also when this process dies before it (`one-sync.ts`).
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
    return (await inOneGo(client, statements)) as unknown as T;
  } catch (error) {
    await client.query('rollback').catch(() => (isBroken = true));
    throw error;
  } finally {
    client.release(isBroken);
  }
}

/** Throws when all statements are answered, because only then is the connection free. */
async function inOneGo(client: PoolClient, statements: readonly Statement<unknown>[]): Promise<unknown[]> {
  const send = holdSync(client);
  const begun = client.query(BEGIN);
  const isIssued = statements.map(() => false);
  // Async, so that what throws at once is a statement that failed.
  const results = statements.map(async (issue, index) =>
    issue(extended(client, () => (isIssued[index] = true))),
  );
  const all = Promise.all([begun, ...results]);
  const failures: unknown[] = [];
  // Handled below; until then a rejection must not count as unhandled.
  all.catch((error: unknown) => failures.push(error));
  // Resolves after the microtasks of the statements: by then every statement that awaits no I/O was issued.
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
  const isCommitLate = failures.length > 0 || isIssued.includes(false);
  if (isCommitLate) {
    send();
    // COMMIT would succeed without a statement that failed before it reached PostgreSQL.
    await whenSettled(all, results);
  }
  const committed = client.query(COMMIT);
  if (!isCommitLate) send();
  const [, ...values] = await whenSettled(all, [...results, committed]);
  // After a failed statement that had a Sync of its own, COMMIT answers ROLLBACK without raising.
  const { command } = await committed;
  if (command !== 'COMMIT')
    throw new Error(`The transaction was not committed: PostgreSQL answered ${command}`);
  return values;
}

function oneByOne(pool: Pool, statements: readonly Statement<unknown>[]): Promise<unknown[]> {
  return transaction(pool, async (client) => {
    const results: unknown[] = [];
    for (const issue of statements) results.push(await issue(client));
    return results;
  });
}

async function whenSettled<T>(all: Promise<T>, each: Promise<unknown>[]): Promise<T> {
  await Promise.allSettled(each);
  return all;
}

// Of the extended protocol, of which several queries can have one Sync.
const EXTENDED = { queryMode: 'extended' };
const BEGIN = { ...EXTENDED, name: 'begin', text: 'begin' };
const COMMIT = { ...EXTENDED, name: 'commit', text: 'commit' };

/** The client, whose queries are of the extended protocol; tells when it is asked for one. */
function extended(client: PoolClient, onQuery: () => void): PoolClient {
  const query = (config: string | QueryConfig, values?: unknown[]) =>
    client.query({ ...(typeof config === 'string' ? { text: config } : config), ...EXTENDED }, values);
  return new Proxy(client, {
    get(target, property) {
      if (property === 'query') {
        onQuery();
        return query;
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
