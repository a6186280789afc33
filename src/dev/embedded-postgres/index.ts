import { chown, mkdir, mkdtemp, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { accountFor } from './account.ts';
import { runCluster, type RunningCluster } from './cluster.ts';
import { createDatabase } from './create-database.ts';
import { DISPOSABLE, type Settings } from './settings.ts';

export interface EmbeddedPostgres {
  /** The URL of the database `hostedhooks`, as superuser. */
  url: string;
  stop(): Promise<void>;
}

interface Options {
  dataDir: string;
  settings?: Settings;
}

/** Starts a PostgreSQL with its data in `dataDir`, which the caller must own. */
export async function startEmbeddedPostgres({ dataDir, settings = {} }: Options): Promise<EmbeddedPostgres> {
  const home = resolve(dataDir);
  await mkdir(home, { recursive: true });
  return withDatabase(await runCluster({ ...filesIn(home), settings }));
}

/** Linux keeps the files of this directory in memory. */
const MEMORY_DIRECTORY = '/dev/shm';
const MIN_MEMORY_BYTES = 4 * 1024 ** 3;
/**
 * A connection without a password costs 5 ms of CPU less, of which PostgreSQL's key derivation takes most. Only the
 * owner of its folder reaches the socket.
 */
const WHO_CONNECTS = 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n';

/**
 * Starts a PostgreSQL in a temporary directory, which is removed when the server ends, also after this process was
 * killed. The directory is in memory where there is room, because a test copies a database: ten copies cost 0.4 s of
 * CPU there, and 0.5 to 6 s on a disk.
 */
export async function startTemporaryPostgres(settings: Settings = {}): Promise<EmbeddedPostgres> {
  const parent = (await hasRoom(MEMORY_DIRECTORY)) ? MEMORY_DIRECTORY : tmpdir();
  const home = await mkdtemp(join(parent, 'hostedhooks-data-'));
  const files = filesIn(home);
  const hba = join(home, 'pg_hba.conf');
  await writeFile(hba, WHO_CONNECTS);
  // PostgreSQL's account owns the directory, so that the watcher can remove it.
  const account = await accountFor(files.dataDirectory);
  if (account !== undefined) await chown(home, account.uid, account.gid);
  // A query by way of a socket's file costs two thirds of what it costs by TCP.
  const ours = { ...DISPOSABLE, unix_socket_directories: home, hba_file: hba };
  return withDatabase(
    await runCluster({ ...files, settings: { ...ours, ...settings }, removeAfterwards: home }),
  );
}

async function hasRoom(directory: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize >= MIN_MEMORY_BYTES;
  } catch {
    return false;
  }
}

function filesIn(home: string): { dataDirectory: string; logFile: string } {
  return { dataDirectory: join(home, 'postgres'), logFile: join(home, 'postgres.log') };
}

async function withDatabase(cluster: RunningCluster): Promise<EmbeddedPostgres> {
  try {
    return { ...cluster, url: await createDatabase(cluster.url, 'hostedhooks') };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
