import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { RunResult, ThreadAnswer, ThreadRequest } from './run.ts';
import { Sandbox, threadCpuMs } from './sandbox.ts';

// The worker thread of `SandboxThread`.

/**
 * Linux has priorities of threads, so that on a busy machine the event loop goes first; elsewhere it is the process's.
 */
if (process.platform === 'linux') setPriority(workerData as number);

const sandbox = new Sandbox();
parentPort?.on('message', ({ run, limitMs }: ThreadRequest) => {
  void sandbox.run(run, limitMs).then(answer);
});
answer(null);

function answer(result: RunResult | null): void {
  parentPort?.postMessage({ result, threadCpuMs: threadCpuMs() } satisfies ThreadAnswer);
}
