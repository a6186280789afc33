import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { claimFile } from './claim-file.ts';
import { makeDataFolder } from './data-folder.ts';
import { identityOf } from '#src/dev/embedded-postgres/processes.ts';

const run = z.object({
  pid: z.int(),
  /** Distinguishes the process from a later one with the same pid. */
  identity: z.string(),
  url: z.string(),
  isStopping: z.boolean(),
});
type Run = z.infer<typeof run>;

interface RunFile {
  /** Makes another start wait for the end of this process instead of failing. */
  announceStop(): Promise<void>;
  remove(): Promise<void>;
}

const POLL_MS = 50;

/**
 * Claims the data folder: writes the pid and the address of this process to `run.json`. Throws {@link CannotStart}
 * while another process runs on the folder; waits for one that is stopping.
 */
export async function claimDataFolder(dataDir: string, url: string): Promise<RunFile> {
  await makeDataFolder(resolve(dataDir));
  const path = pathIn(dataDir);
  const own: Run = { pid: process.pid, identity: identityOf(process.pid) ?? '', url, isStopping: false };
  while (!(await claimFile(path, textOf(own)))) {
    const other = findRun(dataDir);
    // A dead process left the file.
    if (other === undefined) await rm(path, { force: true });
    else if (!other.isStopping) throw new CannotStart(refusal(other));
    else await pause(POLL_MS);
  }
  return {
    async announceStop() {
      const draft = `${path}.${String(own.pid)}`;
      await writeFile(draft, textOf({ ...own, isStopping: true }));
      await rename(draft, path);
    },
    remove: () => rm(path, { force: true }),
  };
}

/** The process that runs on the data folder; undefined when none is alive. */
export function findRun(dataDir: string): Run | undefined {
  const found = run.safeParse(readJson(pathIn(dataDir)));
  return found.success && identityOf(found.data.pid) === found.data.identity ? found.data : undefined;
}

function refusal({ pid, url }: Run): string {
  return (
    `HostedHooks already runs at ${url} with this data folder (pid ${String(pid)}). ` +
    'Stop it, or set another DATA_DIR.'
  );
}

function pathIn(dataDir: string): string {
  return join(resolve(dataDir), 'run.json');
}

function textOf(content: Run): string {
  return `${JSON.stringify(content)}\n`;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
