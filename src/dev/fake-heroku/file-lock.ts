import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { claimFile } from '#src/dev/claim-file.ts';
import { identityOf } from '#src/dev/embedded-postgres/processes.ts';

const POLL_MS = 5;

/** Runs `work` under a lock file, a mutex across processes. The lock of a dead process is broken. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const owner = identityOf(process.pid) ?? String(process.pid);
  while (!(await claimFile(path, owner))) {
    if (isAbandoned(path)) await breakLock(path);
    else await pause(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

function isAbandoned(path: string): boolean {
  const owner = read(path);
  return owner !== null && identityOf(Number.parseInt(owner, 10)) !== owner;
}

/**
 * Breaks a stale lock: one process succeeds in moving the file away. When the file is a new lock by then, it is
 * restored.
 */
async function breakLock(path: string): Promise<void> {
  const taken = `${path}.${randomUUID()}`;
  try {
    await rename(path, taken);
  } catch {
    return;
  }
  if (!isAbandoned(taken)) await link(taken, path).catch(() => {});
  await rm(taken, { force: true });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
