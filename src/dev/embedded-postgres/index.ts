import { chown, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { accountFor } from './account.ts';
import { runCluster, type RunningCluster } from './cluster.ts';
import { createDatabase } from './create-database.ts';
import { DISPOSABLE, type Settings } from './settings.ts';

export interface EmbeddedPostgres {
  /** Of the database `hostedhooks`, as its superuser. */
  url: string;
  /** Whether another of our processes started it, and may be using it. */
  isAdopted: boolean;
  stop(): Promise<void>;
}

interface Options {
  dataDir: string;
  settings?: Settings;
}

/**
 * A real PostgreSQL with its data under `dataDir`. When one runs there already, because another of our processes
 * started it, that one is used and left running by `stop`.
 */
export async function startEmbeddedPostgres({ dataDir, settings = {} }: Options): Promise<EmbeddedPostgres> {
  const home = resolve(dataDir);
  await mkdir(home, { recursive: true });
  const options = { ...filesIn(home), settings };
  const cluster = await runCluster(options);
  try {
    return await withDatabase(cluster);
  } catch (error) {
    if (!cluster.isAdopted) throw error;
    // Its starter was about to die when we looked, and it with its starter: now it is gone, or going.
    return withDatabase(await runCluster(options));
  }
}

/** One in a directory of its own that is gone after it, also when we are killed. */
export async function startTemporaryPostgres(settings: Settings = {}): Promise<EmbeddedPostgres> {
  const home = await mkdtemp(join(tmpdir(), 'hostedhooks-data-'));
  const files = filesIn(home);
  // The account's own, so that it can remove it.
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
