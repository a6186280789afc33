import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, giveTo } from './account.ts';
import type { Binaries } from './binaries.ts';
import { initialise, PASSWORD_FILE } from './initdb.ts';

/** Makes PostgreSQL's data directory unless it exists, and sees to it that `account` owns it. */
export async function prepareDataDirectory(
  dataDirectory: string,
  binaries: Binaries,
  account: Account | undefined,
): Promise<void> {
  const found = await stat(dataDirectory).catch(() => undefined);
  if (found === undefined) return initialise(dataDirectory, binaries, account);
  // A copy that root made of it (a restored backup) belongs to root.
  if (account !== undefined && found.uid !== account.uid) await giveTo(account, dataDirectory);
}

export async function readPassword(dataDirectory: string): Promise<string> {
  return (await readFile(join(dataDirectory, PASSWORD_FILE), 'utf8')).trim();
}
