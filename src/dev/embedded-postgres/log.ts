import { open, readFile, stat } from 'node:fs/promises';

export interface Log extends AsyncDisposable {
  fd: number;
  /** The text that was written since the log was opened. */
  readNew(): Promise<string>;
}

/** Opens the log in this process, because PostgreSQL's account may lack permission for its folder. */
export async function openLog(path: string): Promise<Log> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  const file = await open(path, 'a', 0o600);
  return {
    fd: file.fd,
    readNew: async () => (await readFile(path)).subarray(size).toString(),
    [Symbol.asyncDispose]: () => file.close(),
  };
}
