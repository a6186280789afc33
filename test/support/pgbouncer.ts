import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { accountFor, giveTo } from '#src/dev/embedded-postgres/account.ts';
import { freePort } from '#src/dev/free-port.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

const CANDIDATES = ['/usr/sbin/pgbouncer', '/usr/local/sbin/pgbouncer', '/opt/homebrew/bin/pgbouncer'];

const MISSING = 'These tests need PgBouncer: `apt-get install pgbouncer`';

/** Why tests with PgBouncer are skipped, where it is missing; false in CI, where a skipped test would seem to pass. */
export const skipWithoutPgbouncer = process.env['CI'] === undefined && findPath() === undefined && MISSING;

interface Options {
  mode?: 'transaction' | 'session';
  /** Lends backends in turn; else the one that was used last, as is PgBouncer's default. */
  lendsInTurn?: boolean;
  /** Connections to a database. */
  poolSize?: number;
  /** How long a transaction waits for one of them. */
  maxWaitSeconds?: number;
}

export interface Pgbouncer extends AsyncDisposable {
  /** The database of `url`, a database of the server that it was started for, by way of it. */
  throughIt(url: string): string;
}

/**
 * A real PgBouncer in front of the server of `serverUrl`. By default every transaction gets another backend than the
 * one before it, as far as there are several, so that nothing of a session survives by luck.
 */
export async function startPgbouncer(serverUrl: string, options: Options = {}): Promise<Pgbouncer> {
  const port = await freePort();
  const folder = await createTemporaryFolder();
  const file = join(folder.path, 'pgbouncer.ini');
  await writeFile(file, settings(new URL(serverUrl), { port, ...options }));
  // It refuses to run as root, like PostgreSQL.
  const account = await accountFor(folder.path);
  await chmod(folder.path, 0o700);
  if (account !== undefined) await giveTo(account, folder.path);
  const child = spawn(pgbouncerPath(), [file], { ...account, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  await untilUp(createInterface(child.stderr));
  return {
    throughIt: (url) => {
      const through = new URL(url);
      through.port = String(port);
      through.searchParams.delete('host');
      return through.href;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
      await folder[Symbol.asyncDispose]();
    },
  };
}

function pgbouncerPath(): string {
  const path = findPath();
  if (path === undefined) throw new Error(`${MISSING}, or set PGBOUNCER_PATH`);
  return path;
}

function findPath(): string | undefined {
  return [process.env['PGBOUNCER_PATH'], ...CANDIDATES].find(
    (candidate) => candidate !== undefined && existsSync(candidate),
  );
}

function settings(server: URL, options: Options & { port: number }): string {
  const { port, mode = 'transaction', lendsInTurn = true, poolSize = 20, maxWaitSeconds = 120 } = options;
  return `[databases]
* = host=${server.hostname} port=${server.port} user=${server.username} password=${server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${String(port)}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
server_round_robin = ${lendsInTurn ? '1' : '0'}
default_pool_size = ${String(poolSize)}
query_wait_timeout = ${String(maxWaitSeconds)}
max_client_conn = 2000
server_idle_timeout = 10
`;
}

/** Goes on reading afterwards, because a full pipe would stop it. */
async function untilUp(lines: AsyncIterable<string> & NodeJS.EventEmitter): Promise<void> {
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line: string) => {
      if (said.length < 50) said.push(line);
      if (line.includes('process up')) resolve();
    });
    lines.on('close', () => {
      reject(new Error(`PgBouncer does not start:\n${said.join('\n')}`));
    });
  });
}
