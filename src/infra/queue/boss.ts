import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Pool, PoolClient } from 'pg';
import { type BackendProfile, type Db, PgBoss } from 'pg-boss';
import type { DatabaseEngine } from '#src/infra/database/engine.ts';

interface BossOptions {
  engine: DatabaseEngine;
  supervises: boolean;
  migrates: boolean;
}

/**
 * On Citus the queue is of ordinary tables on the coordinator, and our statements about them hold as they are. pg-boss'
 * own profile differs in one thing there: processes that supervise the queues at once wait for each other's claim of a
 * queue, where else they skip it.
 */
const BACKENDS: Record<DatabaseEngine, BackendProfile> = { postgresql: 'postgres', citus: 'citus' };

/**
 * No job of ours waits for another. A look for those that do takes 40 ms of CPU on new connections, and pg-boss has one
 * every five seconds.
 */
const FLOW_INTERVAL_SECONDS = 86_400;

export function createBoss(pool: Pool, { engine, supervises, migrates }: BossOptions): PgBoss {
  return new PgBoss({
    db: databaseOn(pool),
    backend: BACKENDS[engine],
    schema: 'pgboss',
    supervise: supervises,
    schedule: false,
    migrate: migrates,
    createSchema: migrates,
    maintenanceIntervalSeconds: 300,
    flowIntervalSeconds: FLOW_INTERVAL_SECONDS,
    persistQueueStats: false,
  });
}

/** Statements are unnamed, because a plan that PostgreSQL kept from an empty queue is ruinous for a full one. */
export function databaseOn(client: Pool | PoolClient): Db {
  return {
    executeSql: (text, values) =>
      values === undefined ? client.query(text) : client.query(text, [...values]),
  };
}

/**
 * For pg-boss' insert alone: the statement is named, so that PostgreSQL keeps its plan. Planning is most of what an
 * insert of few jobs costs, and the plan does not depend on the number of jobs, because an insert scans none.
 */
export function preparedOn(client: PoolClient): Db {
  return {
    executeSql: (text, values) => client.query({ name: nameOf(text), text, values: [...(values ?? [])] }),
  };
}

/** The name of a prepared statement. There is one statement for each queue. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `boss-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    names.set(text, name);
  }
  return name;
}

const names = new LRUCache<string, string>({ max: 20 });

/** The table of a queue's jobs, with its schema. Throws when there is no such queue. */
export async function tableOf(boss: PgBoss, queue: string): Promise<string> {
  const { table } = (await boss.getQueue(queue)) ?? {};
  if (table === undefined) throw new Error(`There is no queue ${queue}`);
  return `pgboss.${table}`;
}
