import { newQuickJSWASMModule, type QuickJSWASMModule, Scope } from 'quickjs-emscripten';
import { Machine, Refused, Thrown } from './machine.ts';
import { type ConsoleLine, failed, type Run, RUN_LIMITS, type RunResult, TOO_SLOW } from './run.ts';

/** An instance whose memory grew beyond this is replaced, because WebAssembly's memory never shrinks. */
const KEPT_BYTES = 24 * 1024 * 1024;
/** Zero would be no limit. */
const NO_STACK_BYTES = 1;

/**
 * Makes runs, one at a time. Each has a JavaScript engine of its own, in WebAssembly: no run sees what another left.
 * Not for the thread of an event loop, which waits for it.
 */
export class Sandbox {
  #engine: Promise<QuickJSWASMModule> | undefined;

  /** `limitMs`: processor time that it may take. */
  async run(run: Run, limitMs: number): Promise<RunResult> {
    const engine = await (this.#engine ??= newQuickJSWASMModule());
    const begunMs = threadCpuMs();
    const isOver = () => threadCpuMs() - begunMs > limitMs;
    const lines: ConsoleLine[] = [];
    let outcome: RunResult['outcome'];
    try {
      outcome = runIn(engine, { run, lines, isOver });
    } catch {
      // The engine itself broke, for example by too deep a recursion of its own. What is left of it cannot be trusted.
      this.#engine = undefined;
      outcome = failed(isOver() ? TOO_SLOW : 'It needed more memory or a deeper stack than there is.');
    }
    const memory = engine.getWasmMemory() as { buffer: ArrayBufferLike };
    if (memory.buffer.byteLength > KEPT_BYTES) this.#engine = undefined;
    return { console: lines, cpuMs: threadCpuMs() - begunMs, outcome };
  }
}

interface Running {
  run: Run;
  /** Gets what the code prints. */
  lines: ConsoleLine[];
  isOver: () => boolean;
}

function runIn(engine: QuickJSWASMModule, { run, lines, isOver }: Running): RunResult['outcome'] {
  return Scope.withScope((scope) => {
    const runtime = scope.manage(engine.newRuntime());
    runtime.setMemoryLimit(RUN_LIMITS.memoryBytes);
    runtime.setMaxStackSize(RUN_LIMITS.stackBytes);
    runtime.setInterruptHandler(() => {
      const isInterrupted = isOver();
      // An interruption is caught where it becomes an ordinary exception: by the caller of a host function, and by a
      // promise. Without a stack nothing that could catch another is called, so that the run ends.
      if (isInterrupted) runtime.setMaxStackSize(NO_STACK_BYTES);
      return isInterrupted;
    });
    const context = scope.manage(runtime.newContext());
    const machine = new Machine(context, scope, lines);
    try {
      const outcome = machine.execute(run);
      return isOver() ? failed(TOO_SLOW) : outcome;
    } catch (error) {
      const thrown = error instanceof Thrown ? machine.describe(error.handle) : undefined;
      if (isOver()) return failed(TOO_SLOW);
      if (thrown !== undefined) return { kind: 'failed', error: thrown };
      if (error instanceof Refused) return failed(error.message);
      throw error;
    }
  });
}

/** Milliseconds of processor time that the calling thread has used since it began. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
