import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Account, accountFor } from './account.ts';
import { type Binaries, binariesFor } from './binaries.ts';
import { prepareDataDirectory, readPassword } from './data-directory.ts';
import { SUPERUSER } from './initdb.ts';
import { openLog } from './log.ts';
import { ownPath } from './own-path.ts';
import { findPostmaster, type Postmaster } from './postmaster.ts';
import { asArguments, type Settings } from './settings.ts';
import { freePort, startWatched, type WatchedServer } from './watched-server.ts';

export interface RunningCluster {
  /** Of the database `postgres`, which every server has. */
  url: string;
  stop(): Promise<void>;
}

interface Options {
  dataDirectory: string;
  logFile: string;
  settings: Settings;
  /** Removed when the server has ended. */
  removeAfterwards?: string;
}

const POLL_MS = 20;
const TRIES = 10;
/** A recovery after a crash replays at most `max_wal_size`. */
const WITHIN_MS = 120_000;

/** The free port was taken before the server had it, or backends outlive a postmaster that was killed. */
const PASSING = /Address already in use|pre-existing shared memory/;

/**
 * Starts the server of a data directory. The caller is the only owner of the folder: a server that still runs there was
 * left by a process that was killed, and ends first.
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

/** Its watcher does the same, unless it was killed too; a second fast shutdown changes nothing. */
function shutDown({ pid }: Postmaster): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // The server has ended.
  }
}

/** Undefined when it may succeed at the next try. */
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
    return { url: await urlOf(dataDirectory, port), stop: () => server.stop() };
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

async function urlOf(dataDirectory: string, port: number): Promise<string> {
  const password = await readPassword(dataDirectory);
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${String(port)}/postgres`;
}

/** Calls `look` until it answers. The server announces its state in a file, which `pg_ctl` reads, too. */
async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + WITHIN_MS;
  while (Date.now() < until) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await pause(POLL_MS);
  }
  throw new Error(`PostgreSQL was neither ready nor gone after ${String(WITHIN_MS / 1000)} s`);
}
