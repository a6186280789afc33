import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a program with our stdin, stdout and stderr; it ends with this process. Answers its exit code as a shell does.
 */
export async function runProgram(program: string, args: string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' });
  const handlers = SIGNALS.map((signal) => [signal, () => child.kill(signal)] as const);
  const end = () => child.kill('SIGTERM');
  for (const [signal, handler] of handlers) process.on(signal, handler);
  // The IPC channel closes when the starter is killed.
  process.on('disconnect', end);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
      });
    });
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
    process.off('disconnect', end);
    process.channel?.unref();
  }
}
