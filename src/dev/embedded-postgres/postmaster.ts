import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, programOf } from './processes.ts';

/** A running PostgreSQL, read from the `postmaster.pid` of its data directory. */
export interface Postmaster {
  pid: number;
  /** False while the server starts or stops. */
  isReady: boolean;
}

/** The server that runs on `dataDirectory`. Removes a stale pid file whose pid belongs to another process. */
export async function findPostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const path = join(dataDirectory, 'postmaster.pid');
  const lines = (await read(path)).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  if (!(await servesFrom(dataDirectory, pid))) {
    // PostgreSQL would take the process with that pid for a running server and refuse to start.
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
