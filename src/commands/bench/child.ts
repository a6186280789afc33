import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Child {
  process: ChildProcess;
  /** The first message that it sent: that it is ready. */
  first: Record<string, unknown>;
  stop(): Promise<void>;
}

/** Starts a file beside this one as a process of its own, and waits for its first message. */
export async function startChild(file: string, env: Record<string, string> = {}): Promise<Child> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, { env: { PATH: process.env['PATH'], ...env } });
  const [first] = (await Promise.race([once(child, 'message'), failed(child, file)])) as [
    Record<string, unknown>,
  ];
  return {
    process: child,
    first,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function failed(child: ChildProcess, file: string): Promise<never> {
  await once(child, 'exit');
  throw new Error(`${file} ended before it was ready`);
}

const CLOCK_TICKS_PER_SECOND = 100;

/** CPU seconds that a process has used, user and system (Linux, proc(5)); NaN elsewhere. */
export function cpuSeconds(pid: number | undefined): number {
  try {
    const [, fields = ''] = readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ');
    const numbers = fields.split(' ');
    return (Number(numbers[11]) + Number(numbers[12])) / CLOCK_TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}
