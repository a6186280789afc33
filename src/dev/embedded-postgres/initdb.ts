import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { ownPath } from './own-path.ts';
import { isAlive } from './processes.ts';

export const SUPERUSER = 'hostedhooks';
/** In the data directory, so that a copy or a removal of the directory includes it. */
export const PASSWORD_FILE = 'hostedhooks.password';

const UNFINISHED = 'postgres.unfinished-';
const OPTIONS = [
  `--username=${SUPERUSER}`,
  '--auth=scram-sha-256',
  '--pwfile=/dev/stdin',
  '--encoding=UTF8',
  // The locale that is built into PostgreSQL sorts alike on every machine.
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

/** Creates a data directory. It is renamed into place when complete, so that a killed initdb leaves no partial one. */
export async function initialise(
  dataDirectory: string,
  binaries: Binaries,
  account: Account | undefined,
): Promise<void> {
  const parent = dirname(dataDirectory);
  await removeAbandoned(parent);
  const unfinished = join(parent, `${UNFINISHED}${String(process.pid)}`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  const passwordFile = `${unfinished}.password`;
  await writeFile(passwordFile, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  if (account !== undefined) {
    await chown(unfinished, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }

  await runInitdb(unfinished, { initdb: binaries.initdb, account, passwordFile });
  await rename(passwordFile, join(unfinished, PASSWORD_FILE));
  await rename(unfinished, dataDirectory);
}

interface Initdb {
  initdb: string;
  account: Account | undefined;
  passwordFile: string;
}

async function runInitdb(directory: string, { initdb, account, passwordFile }: Initdb): Promise<void> {
  await using password = await open(passwordFile);
  const child = spawn(initdb, ['-D', ownPath(directory, account), ...OPTIONS], {
    ...account,
    cwd: directory,
    env: { LC_ALL: 'C' },
    stdio: [password.fd, 'ignore', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [problems, [code]] = await Promise.all([child.stderr === null ? '' : text(child.stderr), exit]);
  if (code !== 0) throw new Error(`initdb could not make ${directory}:\n${problems}`);
}

async function removeAbandoned(parent: string): Promise<void> {
  const names = await readdir(parent);
  const abandoned = names.filter(
    (name) => name.startsWith(UNFINISHED) && !isAlive(Number.parseInt(name.slice(UNFINISHED.length), 10)),
  );
  await Promise.all(abandoned.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}
