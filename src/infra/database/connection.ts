import pg from 'pg';

const LOCAL_HOSTS = new Set(['', 'localhost', '127.0.0.1', '[::1]', '::1']);

interface PoolOptions {
  url: string;
  max: number;
  applicationName: string;
  onError: (error: Error) => void;
}

/**
 * A pool whose clients pipeline: queries that are issued without waiting for each other travel in one round trip.
 * An error of an idle connection (PostgreSQL restarted) goes to `onError`; the pool opens another when asked.
 */
export function createPool({ url, max, applicationName, onError }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOptions(url),
    max,
    pipeline: true,
    application_name: applicationName,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  pool.on('error', onError);
  // While a client is in use the pool does not listen to it; its queries tell that the connection was lost.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * How to connect to `url`. Heroku Postgres demands TLS with a certificate that no public authority signed, so TLS is
 * used without verification, unless the database is on this machine or the URL says `sslmode=disable`.
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
