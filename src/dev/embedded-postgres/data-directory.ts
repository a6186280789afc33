import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, giveTo } from './account.ts';
import type { Binaries } from './binaries.ts';
import { initialise, PASSWORD_FILE } from './initdb.ts';

/** Creates PostgreSQL's data directory unless it exists, and makes `account` its owner. */
export async function prepareDataDirectory(
  dataDirectory: string,
  binaries: Binaries,
  account: Account | undefined,
): Promise<void> {
  const found = await stat(dataDirectory).catch(() => undefined);
  if (found === undefined) return initialise(dataDirectory, binaries, account);
  // Root owns a directory that root has copied, like a restored backup.
  if (account !== undefined && found.uid !== account.uid) await giveTo(account, dataDirectory);
}

export async function readPassword(dataDirectory: string): Promise<string> {
  return (await readFile(join(dataDirectory, PASSWORD_FILE), 'utf8')).trim();
}
