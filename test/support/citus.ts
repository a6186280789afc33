import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import { refuseWrongEngine } from '#src/infra/database/refuse-engine.ts';

/** Few, because a test's database has a table for each shard of each partition. Two for each of two workers. */
const SHARDS = 4;

export interface CitusTemplate {
  name: string;
  /** Addresses of the nodes, each in the database of CITUS_DATABASE_URL, the coordinator first. */
  nodes: string[];
  stop(): Promise<void>;
}

/**
 * A migrated and distributed database of the cluster of `url`, the coordinator's address. Which nodes there are and
 * which has what are rows of catalogs, so a copy of the template is made by copying it on each node. A run has a
 * template of its own, because others may use the cluster.
 */
export async function makeCitusTemplate(url: string): Promise<CitusTemplate> {
  await refuseUnlessCitus(url);
  const workers = await workersOf(url);
  const nodes = [url, ...workers];
  const name = `hostedhooks_template_${randomBytes(4).toString('hex')}`;
  await onNodes(nodes, `create database ${name}`);
  const stop = async () => {
    await onNodes(nodes, `alter database ${name} is_template false`);
    await onNodes(nodes, `drop database ${name} with (force)`);
  };
  try {
    await joinNodes(name, { url, workers });
    await prepareDatabase(databaseOn(url, name), 'citus');
    await onNodes(nodes, `alter database ${name} is_template true`);
    await closeOnNodes(nodes, name);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, nodes, stop };
}

/** Runs a statement on each node, in the database of its address. */
export async function onNodes(nodes: string[], statement: string): Promise<void> {
  await Promise.all(nodes.map((node) => queryOn(node, statement)));
}

/** Throws what a release would say of the database. */
async function refuseUnlessCitus(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    await refuseWrongEngine(pool, 'citus');
  } finally {
    await pool.end();
  }
}

async function workersOf(url: string): Promise<string[]> {
  const { rows } = await queryOn(
    url,
    `select nodename, nodeport from pg_dist_node where noderole = 'primary' and groupid <> 0 order by groupid`,
  );
  return (rows as { nodename: string; nodeport: number }[]).map(({ nodename, nodeport }) => {
    const worker = new URL(url);
    worker.hostname = nodename;
    worker.port = String(nodeport);
    return worker.href;
  });
}

async function joinNodes(name: string, { url, workers }: { url: string; workers: string[] }): Promise<void> {
  const coordinator = databaseOn(url, name);
  await onNodes(
    [url, ...workers].map((node) => databaseOn(node, name)),
    'create extension citus',
  );
  await queryOn(coordinator, `alter database ${name} set citus.shard_count = ${String(SHARDS)}`);
  await queryOn(coordinator, `select citus_set_coordinator_host('${hostOf(url)}', ${portOf(url)})`);
  for (const worker of workers) {
    await queryOn(coordinator, `select citus_add_node('${hostOf(worker)}', ${portOf(worker)})`);
  }
}

/**
 * Nobody is connected to the database any more, Citus' own daemon either, which takes longer than DROP waits: one that
 * is in use can be neither copied nor dropped.
 */
export async function closeOnNodes(nodes: string[], name: string): Promise<void> {
  await onNodes(nodes, `alter database ${name} allow_connections false`);
  await onNodes(
    nodes,
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${name}'`,
  );
}

async function queryOn(url: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

function databaseOn(node: string, name: string): string {
  const url = new URL(node);
  url.pathname = `/${name}`;
  return url.href;
}

const hostOf = (url: string) => new URL(url).hostname;
const portOf = (url: string) => new URL(url).port || '5432';
