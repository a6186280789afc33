import type { Pool, PoolClient } from 'pg';
import { type Db, PgBoss } from 'pg-boss';

interface BossOptions {
  supervises: boolean;
  migrates: boolean;
}

export function createBoss(pool: Pool, { supervises, migrates }: BossOptions): PgBoss {
  return new PgBoss({
    db: databaseOn(pool),
    schema: 'pgboss',
    supervise: supervises,
    schedule: false,
    migrate: migrates,
    createSchema: migrates,
    maintenanceIntervalSeconds: 300,
    persistQueueStats: false,
  });
}

/** Unnamed statements only: a plan that PostgreSQL keeps from when a queue was empty is ruinous when it is full. */
export function databaseOn(client: Pool | PoolClient): Db {
  return {
    executeSql: (text, values) =>
      values === undefined ? client.query(text) : client.query(text, [...values]),
  };
}

/** The table that pg-boss keeps a queue's jobs in. */
export async function tableOf(boss: PgBoss, queue: string): Promise<string> {
  const { table } = (await boss.getQueue(queue)) ?? {};
  if (table === undefined) throw new Error(`There is no queue ${queue}`);
  return `pgboss.${table}`;
}
