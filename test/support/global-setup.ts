import pg from 'pg';
import { type EmbeddedPostgres, startTemporaryPostgres } from '#src/dev/embedded-postgres/index.ts';
import { makeCitusTemplate } from './citus.ts';
import {
  CITUS_NODES_VARIABLE,
  CITUS_TEMPLATE_VARIABLE,
  POOLED_URL_VARIABLE,
  TEMPLATE,
  TEMPLATE_URL_VARIABLE,
} from './database.ts';
import { type Pgbouncer, startPgbouncer } from './pgbouncer.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';

let postgres: Pick<EmbeddedPostgres, 'stop'> | undefined;
let pgbouncer: Pgbouncer | undefined;

/** A server of another version, to run tests on it: an address of its database `postgres`, as a superuser. */
const { TEST_POSTGRES_URL } = process.env;
/** The coordinator of a Citus cluster, to run tests on it: a database of its own there, as a superuser. */
const { TEST_CITUS_URL } = process.env;
/** Whether tests reach their databases by way of PgBouncer in transaction mode. */
const IS_POOLED = process.env['TEST_PGBOUNCER'] === 'true';

/** Run once, before all test files: one server, and in it the database that each of them gets a copy of. */
export async function globalSetup(): Promise<void> {
  if (TEST_CITUS_URL !== undefined) {
    const template = await makeCitusTemplate(TEST_CITUS_URL);
    postgres = template;
    process.env[CITUS_TEMPLATE_VARIABLE] = template.name;
    process.env[CITUS_NODES_VARIABLE] = template.nodes.join(' ');
    process.env[TEMPLATE_URL_VARIABLE] = TEST_CITUS_URL;
    return;
  }
  const server =
    TEST_POSTGRES_URL === undefined
      ? await startTemporaryPostgres()
      : await emptyDatabaseOn(new URL(TEST_POSTGRES_URL));
  postgres = server;
  try {
    await prepareDatabase(server.url);
    const serverUrl = await closeTemplate(server.url);
    process.env[TEMPLATE_URL_VARIABLE] = serverUrl;
    if (!IS_POOLED) return;
    pgbouncer = await startPgbouncer(serverUrl);
    process.env[POOLED_URL_VARIABLE] = pgbouncer.throughIt(serverUrl);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

export async function globalTeardown(): Promise<void> {
  await pgbouncer?.[Symbol.asyncDispose]();
  await postgres?.stop();
}

/**
 * Nobody connects to the template any more: a database that is in use cannot be copied. Jobs that wait for others were
 * looked for, as in a database that is a few hours old: else each server's first act is to look.
 */
async function closeTemplate(url: string): Promise<string> {
  const template = new pg.Client({ connectionString: url });
  await template.connect();
  await template.query('update pgboss.version set flow_on = now()');
  await template.end();
  const server = new URL(url);
  server.pathname = '/postgres';
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  await client.query(`alter database hostedhooks rename to ${TEMPLATE}`);
  await client.query(`alter database ${TEMPLATE} is_template true allow_connections false`);
  await client.end();
  return server.href;
}

/** Drops what an earlier run left, so that a run can be repeated. */
async function emptyDatabaseOn(server: URL): Promise<Pick<EmbeddedPostgres, 'url' | 'stop'>> {
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  const { rows } = await client.query(`select from pg_database where datname = '${TEMPLATE}'`);
  if (rows.length > 0) await client.query(`alter database ${TEMPLATE} is_template false`);
  await client.query(`drop database if exists ${TEMPLATE}`);
  await client.query('drop database if exists hostedhooks');
  await client.query('create database hostedhooks');
  await client.end();
  const url = new URL(server);
  url.pathname = '/hostedhooks';
  return { url: url.href, stop: () => Promise.resolve() };
}
