import { Engine } from './engine.ts';
import { type ConsoleLine, failed, type Run, type RunResult, TOO_SLOW } from './run.ts';

/** An engine whose memory grew beyond this is replaced, because WebAssembly's memory never shrinks. */
const KEPT_BYTES = 24 * 1024 * 1024;

/** Makes runs, one at a time. Not for the thread of an event loop, which waits for it. */
export class Sandbox {
  #engine: Promise<Engine> | undefined;

  /** `limitMs`: processor time that it may take. */
  async run(run: Run, limitMs: number): Promise<RunResult> {
    const engine = await (this.#engine ??= Engine.make());
    const begunMs = threadCpuMs();
    const isOver = () => threadCpuMs() - begunMs > limitMs;
    const lines: ConsoleLine[] = [];
    let outcome: RunResult['outcome'];
    try {
      outcome = engine.run(run, { lines, isOver });
      if (engine.memoryBytes > KEPT_BYTES || !engine.isWhole()) this.#engine = undefined;
    } catch {
      // The engine itself broke, for example by too deep a recursion of its own. What is left of it cannot be trusted.
      this.#engine = undefined;
      outcome = failed(isOver() ? TOO_SLOW : 'It needed more memory or a deeper stack than there is.');
    }
    return { console: lines, cpuMs: threadCpuMs() - begunMs, outcome };
  }
}

/** Milliseconds of processor time that the calling thread has used since it began. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
