import {
  newQuickJSWASMModule,
  newVariant,
  type QuickJSRuntime,
  type QuickJSWASMModule,
  RELEASE_SYNC,
} from 'quickjs-emscripten';
import { Machine, Refused, Thrown } from './machine.ts';
import { type Memory, MemorySnapshot } from './memory-snapshot.ts';
import { type ConsoleLine, failed, type Run, RUN_LIMITS, type RunResult, TOO_SLOW } from './run.ts';

/** Node's types have none of it. */
declare const WebAssembly: { Memory: new (pages: { initial: number; maximum: number }) => Memory };

const PAGE_BYTES = 64 * 1024;
const INITIAL_PAGES = 256;
/** The engine's own limit does not count typed arrays. */
const MAXIMUM_PAGES = INITIAL_PAGES + RUN_LIMITS.memoryBytes / PAGE_BYTES;
/** Zero would be no limit. */
const NO_STACK_BYTES = 1;

/**
 * A JavaScript engine for many runs, each of which begins with its memory as it was when it was made: all that an
 * engine knows is there, so that nothing of one run is in another. Putting that back takes a fraction of making one.
 */
export class Engine {
  readonly #memory: Memory;
  readonly #machine: Machine;
  readonly #snapshot: MemorySnapshot;
  readonly #stackPointer: number | undefined;
  #isOver = (): boolean => false;

  static async make(): Promise<Engine> {
    const wasmMemory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES });
    return new Engine(await newQuickJSWASMModule(newVariant(RELEASE_SYNC, { wasmMemory })), wasmMemory);
  }

  private constructor(module: QuickJSWASMModule, memory: Memory) {
    this.#memory = memory;
    const runtime = module.newRuntime();
    runtime.setMemoryLimit(RUN_LIMITS.memoryBytes);
    runtime.setMaxStackSize(RUN_LIMITS.stackBytes);
    runtime.setInterruptHandler((interrupted) => this.#interrupt(interrupted));
    this.#machine = new Machine(runtime.newContext());
    this.#stackPointer = this.#machine.stackPointer();
    this.#snapshot = new MemorySnapshot(memory);
  }

  /** It never becomes less. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * Whether it is as it was when it was made. The pointer to its stack is not in its memory, and is left where it was
   * by what WebAssembly threw in the middle of a run, whoever caught that; each later run would have less of a stack.
   */
  isWhole(): boolean {
    return this.#machine.stackPointer() === this.#stackPointer;
  }

  /** `lines` gets what the code prints. What it throws is of the engine itself, which is of no use afterwards. */
  run(run: Run, { lines, isOver }: { lines: ConsoleLine[]; isOver: () => boolean }): RunResult['outcome'] {
    this.#isOver = isOver;
    try {
      const outcome = this.#machine.execute(run, lines);
      return isOver() ? failed(TOO_SLOW) : outcome;
    } catch (error) {
      if (!(error instanceof Thrown || error instanceof Refused)) throw error;
      const thrown = error instanceof Thrown ? this.#machine.describe(error.handle) : undefined;
      if (isOver()) return failed(TOO_SLOW);
      return thrown === undefined ? failed(error.message) : { kind: 'failed', error: thrown };
    } finally {
      this.#snapshot.restore();
    }
  }

  /**
   * An interruption is caught where it becomes an ordinary exception: by the caller of a host function, and by a
   * promise. Without a stack nothing that could catch another is called, so that the run ends.
   */
  #interrupt(runtime: QuickJSRuntime): boolean {
    const isInterrupted = this.#isOver();
    if (isInterrupted) runtime.setMaxStackSize(NO_STACK_BYTES);
    return isInterrupted;
  }
}
