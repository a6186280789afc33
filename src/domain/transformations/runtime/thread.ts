import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { Run, RunResult, ThreadAnswer } from './run.ts';
import { Sandbox, threadCpuMs } from './sandbox.ts';

// The worker thread of `SandboxThread`.

const LOWER_PRIORITY = 10;

/**
 * Linux has priorities of threads, so that on a busy machine the event loop goes first; elsewhere it is the process's.
 */
if (process.platform === 'linux') setPriority(LOWER_PRIORITY);

const sandbox = new Sandbox();
parentPort?.on('message', (run: Run) => {
  void sandbox.run(run).then(answer);
});
answer(null);

function answer(result: RunResult | null): void {
  parentPort?.postMessage({ result, threadCpuMs: threadCpuMs() } satisfies ThreadAnswer);
}
