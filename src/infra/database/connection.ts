import type { DatabaseEngine } from './engine.ts';
import { FairPool } from './fair-pool.ts';
import { typeParsers } from './type-parsers.ts';

const LOCAL_HOSTS = new Set(['', 'localhost', '127.0.0.1', '[::1]', '::1']);

interface PoolOptions {
  url: string;
  /** What the database is; `postgresql` by default. */
  engine?: DatabaseEngine;
  max: number;
  applicationName: string;
  onError: (error: Error) => void;
}

/**
 * A pool whose clients pipeline: queries that are issued without waiting for each other share one round trip. `onError`
 * receives the errors of idle connections (PostgreSQL restarted, for example); the pool opens another when needed.
 */
export function createPool({
  url,
  engine = 'postgresql',
  max,
  applicationName,
  onError,
}: PoolOptions): FairPool {
  const pool = new FairPool({
    ...connectionOptions(url),
    engine,
    max,
    pipeline: true,
    application_name: applicationName,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types: typeParsers(),
  });
  pool.on('error', onError);
  // The pool does not listen for errors of a client in use. Its queries reject when the connection is lost.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * pg's connection options for `url`. Heroku Postgres requires TLS with a certificate that no public authority signed,
 * so TLS is used without verification, unless the database is on this machine or the URL has `sslmode=disable`.
 */
export function connectionOptions(url: string): {
  connectionString: string;
  ssl: false | { rejectUnauthorized: false };
} {
  const parsed = new URL(url);
  const mode = parsed.searchParams.get('sslmode');
  parsed.searchParams.delete('sslmode');
  const wantsTls = mode === null ? !LOCAL_HOSTS.has(parsed.hostname) : mode !== 'disable';
  return { connectionString: parsed.toString(), ssl: wantsTls ? { rejectUnauthorized: false } : false };
}
