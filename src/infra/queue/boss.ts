import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
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

/**
 * For pg-boss' insert alone, which scans no jobs: its plan is kept, because making it is most of what an insert of few
 * jobs costs.
 */
export function preparedOn(client: PoolClient): Db {
  return {
    executeSql: (text, values) => client.query({ name: nameOf(text), text, values: [...(values ?? [])] }),
  };
}

/** A name for each text; there is one for each queue. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `boss-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    names.set(text, name);
  }
  return name;
}

const names = new LRUCache<string, string>({ max: 20 });

/** The table that pg-boss keeps a queue's jobs in. */
export async function tableOf(boss: PgBoss, queue: string): Promise<string> {
  const { table } = (await boss.getQueue(queue)) ?? {};
  if (table === undefined) throw new Error(`There is no queue ${queue}`);
  return `pgboss.${table}`;
}
