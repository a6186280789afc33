import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { loadConfig } from '#src/config.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import { freePort } from '#src/dev/free-port.ts';
import { startChild } from '#src/dev/bench/child.ts';
import type { Database, Laboratory } from '#src/dev/bench/laboratory.ts';
import { createSubscribedApp } from '#src/dev/bench/subscribed-app.ts';
import { distributedTables } from '#src/infra/database/distribute-tables.ts';
import { DELIVERY_QUEUES } from '#src/infra/queue/jobs.ts';
import type { Contender } from './contender.ts';

const SETTLED_WITHIN_MS = 30_000;

/** HostedHooks, web and worker in each process, on a database of its own. */
export async function startOurs(laboratory: Laboratory, name: string): Promise<Contender> {
  return laboratory.startServer(() => startOursAlone(laboratory, name));
}

/** For a scenario that leaves retries behind, because others wait until no job is left. */
export async function startOursAlone(laboratory: Laboratory, name: string): Promise<Contender> {
  return startProcess(laboratory, await prepareOurDatabase(laboratory, name), 'both');
}

export function prepareOurDatabase(laboratory: Laboratory, name: string): Promise<Database> {
  return laboratory.copyDatabase(name, prepareDatabase);
}

export async function startProcess(
  laboratory: Laboratory,
  { url, pool }: Database,
  runs: 'both' | 'web' | 'worker',
): Promise<Contender> {
  const isDistributed = (await distributedTables(pool)).size > 0;
  const env = {
    DATABASE_URL: url,
    DATABASE_ENGINE: isDistributed ? 'citus' : 'postgresql',
    PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    WEB_CONCURRENCY: String(laboratory.processes),
  };
  const config = loadConfig(env);
  const child = laboratory.use(await startChild('server', { args: [runs], env }));
  return {
    pid: child.pid,
    pool,
    createApp: (endpoints, apiKey, fields) => createSubscribedApp(config, endpoints, { apiKey, fields }),
    outcomesWritten: () => noJobs(pool),
  };
}

/** Resolves when no delivery's job is left, because a job names every delivery whose outcome is not written. */
async function noJobs(pool: Pool): Promise<void> {
  const until = performance.now() + SETTLED_WITHIN_MS;
  while (performance.now() < until) {
    const { rows } = await pool.query<{ jobs: number }>(
      `select count(*)::int as jobs from pgboss.job where name = any($1) and state < 'completed'`,
      [DELIVERY_QUEUES],
    );
    if (rows[0]?.jobs === 0) return;
    await pause(20);
  }
  throw new Error('The outcomes were not written in time');
}
