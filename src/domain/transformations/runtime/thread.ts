import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { RunResult, ThreadAnswer, ThreadRequest } from './run.ts';
import { Sandbox, threadCpuMs } from './sandbox.ts';

// The worker thread of `SandboxThread`.

/**
 * Linux has priorities of threads, so that on a busy machine the event loop goes first; elsewhere it is the process's.
 */
if (process.platform === 'linux') setPriority(workerData as number);

/** After so much processor time no other of the runs begins, so that those of another account can. */
const TOGETHER_MS = 5;

const sandbox = new Sandbox();
parentPort?.on('message', (request: ThreadRequest) => {
  void runTogether(request).then(answer);
});
answer([]);

async function runTogether({ runs, limitMs }: ThreadRequest): Promise<RunResult[]> {
  const results: RunResult[] = [];
  const begunMs = threadCpuMs();
  for (const run of runs) {
    results.push(await sandbox.run(run, limitMs));
    if (threadCpuMs() - begunMs >= TOGETHER_MS) break;
  }
  return results;
}

function answer(results: RunResult[]): void {
  parentPort?.postMessage({ results, threadCpuMs: threadCpuMs() } satisfies ThreadAnswer);
}
