import { type ChildProcessByStdio, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface Program extends AsyncDisposable {
  pid: number;
  /** The next line of its output; undefined when there will be none. */
  nextLine(): Promise<string | undefined>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  errors(): string;
}

/** Another process, to be talked to by lines and signals. Killed at the end, if it still runs. */
export function startProgram(command: string, args: string[], options: SpawnOptions = {}): Program {
  // Half of the time that a process of ours needs to start is compiling.
  const { NODE_COMPILE_CACHE } = process.env;
  const env = { NODE_COMPILE_CACHE, ...(options.env ?? process.env) };
  const child = spawn(command, args, { ...options, env, stdio: 'pipe' }) as ChildProcessByStdio<
    Writable,
    Readable,
    Readable
  >;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const ended = closed.then(([code, signal]) => code ?? signal ?? 'SIGKILL');
  return {
    pid: child.pid ?? 0,
    nextLine: async () => {
      const { done, value } = await lines.next();
      return done === true ? undefined : value;
    },
    kill: (signal) => child.kill(signal),
    ended,
    errors: () => errors,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
