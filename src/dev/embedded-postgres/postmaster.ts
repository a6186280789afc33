import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, programOf } from './processes.ts';

/** A PostgreSQL that runs, as its own files in the data directory describe it. */
export interface Postmaster {
  pid: number;
  /** Neither starting nor stopping. */
  isReady: boolean;
}

/** The server that runs on `dataDirectory`. A pid file that outlived its server is removed if it would be in the way. */
export async function findPostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const path = join(dataDirectory, 'postmaster.pid');
  const lines = (await read(path)).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  if (!(await servesFrom(dataDirectory, pid))) {
    // The number belongs to another process by now, which PostgreSQL would take for its predecessor.
    await rm(path, { force: true });
    return undefined;
  }
  return { pid, isReady: lines[7]?.trim() === 'ready' };
}

async function servesFrom(dataDirectory: string, pid: number): Promise<boolean> {
  if (programOf(pid) !== 'postgres') return false;
  if (process.platform !== 'linux') return true;
  const directory = await realpath(`/proc/${String(pid)}/cwd`).catch(() => undefined);
  return directory === (await realpath(dataDirectory));
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
