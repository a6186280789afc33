import type { Pool } from 'pg';
import { type cpuSeconds, cpuSecondsOfFamily, parentOf } from './proc.ts';

export interface Costs {
  serverCpuSeconds: number;
  postgresCpuSeconds: number;
  walBytes: number;
}

/** Begins to count CPU and WAL of a server and its PostgreSQL. The function that it returns reads the counts. */
export async function startCounting({
  pid,
  pool,
  cpuOf = cpuSecondsOfFamily,
}: {
  pid: number;
  pool: Pool;
  cpuOf?: typeof cpuSeconds;
}): Promise<() => Promise<Costs>> {
  const sample = async () => {
    const { walBytes, backend } = await askPostgres(pool);
    return {
      serverCpuSeconds: cpuOf(pid),
      postgresCpuSeconds: cpuSecondsOfFamily(parentOf(backend)),
      walBytes,
    };
  };
  const before = await sample();
  return async () => {
    const after = await sample();
    return {
      serverCpuSeconds: after.serverCpuSeconds - before.serverCpuSeconds,
      postgresCpuSeconds: after.postgresCpuSeconds - before.postgresCpuSeconds,
      walBytes: after.walBytes - before.walBytes,
    };
  };
}

async function askPostgres(pool: Pool): Promise<{ walBytes: number; backend: number }> {
  const { rows } = await pool.query<{ walBytes: number; backend: number }>(
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as "walBytes", pg_backend_pid() as backend`,
  );
  return rows[0] ?? { walBytes: Number.NaN, backend: 0 };
}
