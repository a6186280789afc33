import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '#src/dev/free-port.ts';
import { type Account, accountFor } from './account.ts';
import { type Binaries, binariesFor } from './binaries.ts';
import { prepareDataDirectory, readPassword } from './data-directory.ts';
import { SUPERUSER } from './initdb.ts';
import { openLog } from './log.ts';
import { ownPath } from './own-path.ts';
import { findPostmaster, type Postmaster } from './postmaster.ts';
import { asArguments, type Settings } from './settings.ts';
import { startWatched, type WatchedServer } from './watched-server.ts';

export interface RunningCluster {
  /** The URL of the database `postgres`, which every server has. */
  url: string;
  stop(): Promise<void>;
}

interface Options {
  dataDirectory: string;
  logFile: string;
  settings: Settings;
  /** A path that is removed when the server has ended. */
  removeAfterwards?: string;
}

const POLL_MS = 20;
const TRIES = 10;
/** A recovery after a crash replays at most `max_wal_size`. */
const WITHIN_MS = 120_000;

/** Errors that another try may not meet: another program took the port, or backends outlive a killed postmaster. */
const PASSING = /Address already in use|pre-existing shared memory/;

/**
 * Starts the server of a data directory. The caller owns the folder, so a server that still runs there was left by a
 * killed process and is shut down first.
 */
export async function runCluster(options: Options): Promise<RunningCluster> {
  await endPredecessor(options.dataDirectory);
  for (let tries = 1; tries <= TRIES; tries++) {
    const running = await start(options);
    if (running !== undefined) return running;
    await pause(POLL_MS * tries);
  }
  throw new Error(`PostgreSQL does not start, see ${options.logFile}`);
}

/** Resolves when no server runs on the directory. */
async function endPredecessor(dataDirectory: string): Promise<void> {
  await poll(async () => {
    const found = await findPostmaster(dataDirectory);
    if (found === undefined) return true;
    if (found.isReady) shutDown(found);
    return undefined;
  });
}

/** Requests a fast shutdown. The watcher does the same unless it was killed; a second request has no effect. */
function shutDown({ pid }: Postmaster): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // The server has ended.
  }
}

/** Starts the server; undefined after an error that another try may not meet. */
async function start(options: Options): Promise<RunningCluster | undefined> {
  const { dataDirectory } = options;
  const account = await accountFor(dataDirectory);
  const binaries = await binariesFor(account);
  try {
    await prepareDataDirectory(dataDirectory, binaries, account);
  } catch (error) {
    if (binaries.temporaryCopy !== undefined) await rm(binaries.temporaryCopy, { recursive: true });
    throw error;
  }
  const port = await freePort();
  await using log = await openLog(options.logFile);
  const server = launch(options, { account, binaries, port, log: log.fd });
  if (await becomesReady(server, dataDirectory)) {
    return { url: await urlOf(options, port), stop: () => server.stop() };
  }
  const said = await log.readNew();
  if (PASSING.test(said)) return undefined;
  throw new Error(`PostgreSQL does not start on ${dataDirectory}:\n${said}`);
}

interface Launch {
  account: Account | undefined;
  binaries: Binaries;
  port: number;
  log: number;
}

function launch(options: Options, { account, binaries, port, log }: Launch): WatchedServer {
  const { dataDirectory, settings, removeAfterwards } = options;
  return startWatched({
    command: [binaries.postgres, '-D', ownPath(dataDirectory, account), ...asArguments(settings, port)],
    account,
    directory: dataDirectory,
    log,
    removeAfterwards: [binaries.temporaryCopy, removeAfterwards].filter((path) => path !== undefined),
  });
}

async function becomesReady(server: WatchedServer, dataDirectory: string): Promise<boolean> {
  return poll(async () => {
    if (server.hasEnded()) return false;
    const found = await findPostmaster(dataDirectory);
    return found?.isReady === true ? true : undefined;
  });
}

async function urlOf({ dataDirectory, settings }: Options, port: number): Promise<string> {
  const password = await readPassword(dataDirectory);
  const url = new URL(`postgres://${SUPERUSER}:${password}@127.0.0.1:${String(port)}/postgres`);
  const { unix_socket_directories: folder = '' } = settings;
  if (folder !== '') url.searchParams.set('host', folder);
  return url.href;
}

/**
 * Calls `check` until its answer is defined. The server writes its state to `postmaster.pid`, which `pg_ctl` polls too.
 */
async function poll<T>(check: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + WITHIN_MS;
  while (Date.now() < until) {
    const seen = await check();
    if (seen !== undefined) return seen;
    await pause(POLL_MS);
  }
  throw new Error(`PostgreSQL was neither ready nor gone after ${String(WITHIN_MS / 1000)} s`);
}
