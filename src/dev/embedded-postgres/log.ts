import { open, readFile, stat } from 'node:fs/promises';

export interface Log extends AsyncDisposable {
  fd: number;
  /** What was written since it was opened. */
  readNew(): Promise<string>;
}

/** Opened by us: the account that writes to it may not be able to enter its folder. */
export async function openLog(path: string): Promise<Log> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  const file = await open(path, 'a', 0o600);
  return {
    fd: file.fd,
    readNew: async () => (await readFile(path)).subarray(size).toString(),
    [Symbol.asyncDispose]: () => file.close(),
  };
}
