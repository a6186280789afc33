import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DatabaseEngine } from '#src/infra/database/engine.ts';
import { closeOnNodes, onNodes } from './citus.ts';

export const TEMPLATE = 'hostedhooks_template';
export const TEMPLATE_URL_VARIABLE = 'TEST_SERVER_URL';
/** The server by way of PgBouncer, when tests run behind it. */
export const POOLED_URL_VARIABLE = 'TEST_POOLED_SERVER_URL';

/** The cluster's template, and its nodes separated by blanks, when tests run on Citus. */
export const CITUS_TEMPLATE_VARIABLE = 'TEST_CITUS_TEMPLATE';
export const CITUS_NODES_VARIABLE = 'TEST_CITUS_NODES';

/** What `createTestDatabase` makes; the product is to be told. */
export const TEST_ENGINE: DatabaseEngine =
  process.env[CITUS_NODES_VARIABLE] === undefined ? 'postgresql' : 'citus';

export interface TestDatabase extends AsyncDisposable {
  url: string;
}

/**
 * A migrated database of the caller's own, or an empty one: tests neither share nor clean rows. A copy of the
 * template's files costs a sixth of one by way of the log, PostgreSQL's default.
 */
export async function createTestDatabase({ isEmpty = false } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = isEmpty ? 'template0' : (process.env[CITUS_TEMPLATE_VARIABLE] ?? TEMPLATE);
  await onNodes(nodes(), `create database ${name} template ${template} strategy file_copy`);
  const url = new URL(process.env[POOLED_URL_VARIABLE] ?? serverUrl());
  url.pathname = `/${name}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      if (TEST_ENGINE === 'citus') await closeOnNodes(nodes(), name);
      await onNodes(nodes(), `drop database if exists ${name} with (force)`);
    },
  };
}

/** Runs a statement on the server, outside of any test's database. */
export async function onServer(statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The server, or the servers of the cluster. */
const nodes = () => process.env[CITUS_NODES_VARIABLE]?.split(' ') ?? [serverUrl()];

/** The database `postgres` of the server, without a pooler between. */
export function serverUrl(): string {
  const url = process.env[TEMPLATE_URL_VARIABLE];
  if (url === undefined) throw new Error('Tests need their server: run them with `npm test -- FILE`');
  return url;
}
