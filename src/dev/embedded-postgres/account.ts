import { lchown, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The numeric account that PostgreSQL runs as. */
export interface Account {
  uid: number;
  gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];
const ROOT = 0;

/**
 * The account that PostgreSQL runs as; undefined for the current one. PostgreSQL refuses to run as root, so root
 * (mostly in a container) uses an existing account instead of adding one. A data directory keeps its owner.
 */
export async function accountFor(dataDirectory: string): Promise<Account | undefined> {
  if (process.getuid?.() !== ROOT) return undefined;
  const owner = await stat(dataDirectory).catch(() => undefined);
  if (owner !== undefined && owner.uid !== ROOT) return { uid: owner.uid, gid: owner.gid };
  return findAccount(await readFile('/etc/passwd', 'utf8'));
}

/** Makes `account` the owner of `directory` and its content. */
export async function giveTo(account: Account, directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true });
  const paths = [directory, ...names.map((name) => join(directory, name))];
  await Promise.all(paths.map((path) => lchown(path, account.uid, account.gid)));
}

function findAccount(passwd: string): Account {
  const entries = passwd.split('\n').map((line) => line.split(':'));
  for (const candidate of CANDIDATES) {
    const entry = entries.find(([name]) => name === candidate);
    if (entry !== undefined) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and this machine has none of the accounts ${CANDIDATES.join(', ')}. ` +
      'Run the command as another user, or set DATABASE_URL.',
  );
}
