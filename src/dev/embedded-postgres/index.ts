import { chown, mkdir, mkdtemp } from 'node:fs/promises';
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

/**
 * Starts a PostgreSQL in a temporary directory, which is removed when the server ends, also after this process was
 * killed.
 */
export async function startTemporaryPostgres(settings: Settings = {}): Promise<EmbeddedPostgres> {
  const home = await mkdtemp(join(tmpdir(), 'hostedhooks-data-'));
  const files = filesIn(home);
  // PostgreSQL's account owns the directory, so that the watcher can remove it.
  const account = await accountFor(files.dataDirectory);
  if (account !== undefined) await chown(home, account.uid, account.gid);
  return withDatabase(
    await runCluster({ ...files, settings: { ...DISPOSABLE, ...settings }, removeAfterwards: home }),
  );
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
