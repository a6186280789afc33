import type { Pool } from 'pg';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { distributedTables } from './distribute-tables.ts';
import type { DatabaseEngine } from './engine.ts';

/** The oldest Citus that is known to take the statements of the data plane. */
const MIN_CITUS_VERSION = 13;

interface Cluster {
  /** `13.2-2`. */
  version: string;
  isWorker: boolean;
  /** Nodes that hold shards. */
  nodes: number;
}

/** Throws {@link CannotStart} when the database of `pool` cannot be used as `engine`, with what to do about it. */
export async function refuseWrongEngine(pool: Pool, engine: DatabaseEngine): Promise<void> {
  if (engine === 'citus') {
    const problem = problemOfCluster(await readCluster(pool));
    if (problem !== undefined) throw new CannotStart(problem);
  } else if ((await distributedTables(pool)).size > 0) {
    throw new CannotStart(
      'DATABASE_ENGINE: the tables of this database are distributed by Citus already: set DATABASE_ENGINE=citus.',
    );
  }
}

/** Undefined when the database has no Citus. */
async function readCluster(pool: Pool): Promise<Cluster | undefined> {
  const { rows } = await pool.query<{ version: string }>(
    `select extversion as version from pg_extension where extname = 'citus'`,
  );
  const [extension] = rows;
  if (extension === undefined) return undefined;
  const { rows: found } = await pool.query<Omit<Cluster, 'version'>>(
    `select (select groupid <> 0 from pg_dist_local_group) as "isWorker", count(*)::int as nodes
     from pg_dist_node where isactive and shouldhaveshards and noderole = 'primary'`,
  );
  return { ...extension, ...(found[0] ?? { isWorker: false, nodes: 0 }) };
}

/** Why a release cannot distribute tables over the cluster; undefined when it can. */
export function problemOfCluster(cluster: Cluster | undefined): string | undefined {
  if (cluster === undefined) {
    return (
      'DATABASE_ENGINE=citus: the database has no Citus. Run `create extension citus` in it, on the coordinator and ' +
      'on each worker; or set DATABASE_ENGINE=postgresql.'
    );
  }
  const { version, isWorker, nodes } = cluster;
  if (Number.parseInt(version, 10) < MIN_CITUS_VERSION) {
    return `DATABASE_URL: this is Citus ${version}; version ${String(MIN_CITUS_VERSION)} or later is needed.`;
  }
  if (isWorker)
    return 'DATABASE_URL: this is a worker of a Citus cluster; give the address of its coordinator.';
  if (nodes === 0) {
    return (
      "DATABASE_ENGINE=citus: the cluster has no worker. Run `select citus_set_coordinator_host('HOST', PORT)` on " +
      "the coordinator, and `select citus_add_node('HOST', PORT)` for each worker."
    );
  }
  return undefined;
}
