import pg from 'pg';
import { type EmbeddedPostgres, startTemporaryPostgres } from '#src/dev/embedded-postgres/index.ts';
import { TEMPLATE, TEMPLATE_URL_VARIABLE } from './database.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';

let postgres: EmbeddedPostgres | undefined;

/** Run once, before all test files: one server, and in it the database that each of them gets a copy of. */
export async function globalSetup(): Promise<void> {
  postgres = await startTemporaryPostgres();
  try {
    await prepareDatabase(postgres.url);
    process.env[TEMPLATE_URL_VARIABLE] = await closeTemplate(postgres.url);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

export async function globalTeardown(): Promise<void> {
  await postgres?.stop();
}

/** Nobody connects to the template any more: a database that is in use cannot be copied. */
async function closeTemplate(url: string): Promise<string> {
  const server = new URL(url);
  server.pathname = '/postgres';
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  await client.query(`alter database hostedhooks rename to ${TEMPLATE}`);
  await client.query(`alter database ${TEMPLATE} is_template true allow_connections false`);
  await client.end();
  return server.href;
}
