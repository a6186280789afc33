import type { ClientBase } from 'pg';

/** Rounds of {@link sharesBackends} without a proof, after which every client is taken to have a session of its own. */
const ROUNDS = 5;

/**
 * Whether a pooler such as PgBouncer stands between `client`, which is connected, and PostgreSQL. A pooler issues
 * cancellation keys of its own, so the process of the key is not the backend that answers.
 */
export async function isPooled(client: ClientBase): Promise<boolean> {
  return (await backendOf(client)) !== (client as unknown as { processID: number | null }).processID;
}

/**
 * Whether the pooler gives `client` and `other` their backends for one transaction each, so that nothing of a session
 * outlives a transaction. Proven when a backend answers `other` after `client`, or when it is another one that answers
 * `client` again: `other` holds its backend meanwhile, which is the one that `client` had where the last one used is
 * lent first, and two queries in a row meet two backends where they are lent in turn.
 */
export async function sharesBackends(client: ClientBase, other: ClientBase): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const [first, second] = [await backendOf(client), await backendOf(client)];
    await other.query('begin');
    try {
      if (first !== second || (await backendOf(other)) === second) return true;
      if ((await backendOf(client)) !== second) return true;
    } finally {
      await other.query('rollback');
    }
  }
  return false;
}

async function backendOf(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid;
}

/**
 * Makes the queries of `client` unnamed, because a named statement is on the backend that prepared it alone. Poolers
 * that know better (PgBouncer from 1.21, if `max_prepared_statements` is set) cannot be told from those that do not.
 */
export function withoutNames(client: ClientBase): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  const unnamed = (config: unknown, ...rest: unknown[]) =>
    query(isNamed(config) ? { ...config, name: undefined } : config, ...rest);
  Object.assign(client, { query: unnamed });
}

function isNamed(config: unknown): config is { name: string } {
  return typeof config === 'object' && config !== null && 'name' in config && 'text' in config;
}
