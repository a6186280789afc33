import {
  newQuickJSWASMModule,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  Scope,
} from 'quickjs-emscripten';
import { PRELUDE } from './prelude.ts';
import {
  type Answered,
  CONSOLE_LEVELS,
  type ConsoleLine,
  failed,
  FILE_NAME,
  type Run,
  RUN_LIMITS,
  type RunError,
  type RunInput,
  type RunResult,
  TOO_LARGE,
  TOO_SLOW,
} from './run.ts';

/** An instance whose memory grew beyond this is replaced, because WebAssembly's memory never shrinks. */
const KEPT_BYTES = 24 * 1024 * 1024;
const MAX_DESCRIPTION = 16_384;

/**
 * Makes runs, one at a time. Each has a JavaScript engine of its own, in WebAssembly: no run sees what another left.
 * Not for the thread of an event loop, which waits for it.
 */
export class Sandbox {
  #engine: Promise<QuickJSWASMModule> | undefined;

  async run(run: Run): Promise<RunResult> {
    const engine = await (this.#engine ??= newQuickJSWASMModule());
    const begunMs = threadCpuMs();
    const isOver = () => threadCpuMs() - begunMs > RUN_LIMITS.cpuMs;
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
    runtime.setInterruptHandler(isOver);
    const context = scope.manage(runtime.newContext());
    const vm = new Machine(context, scope, lines);
    try {
      return vm.execute(run);
    } catch (error) {
      const thrown = error instanceof Thrown ? vm.describe(error.handle) : undefined;
      if (isOver()) return failed(TOO_SLOW);
      if (thrown !== undefined) return { kind: 'failed', error: thrown };
      if (error instanceof Refused) return failed(error.message);
      throw error;
    }
  });
}

/** What the code threw, as the sandbox has it. */
class Thrown extends Error {
  readonly handle: QuickJSHandle;

  constructor(handle: QuickJSHandle) {
    super('thrown in the sandbox');
    this.handle = handle;
  }
}

/** What was answered is too large. */
class Refused extends Error {}

class Machine {
  readonly #context: QuickJSContext;
  readonly #scope: Scope;
  readonly #prelude: QuickJSHandle;
  #answer: Answered | Refused | undefined;

  constructor(context: QuickJSContext, scope: Scope, lines: ConsoleLine[]) {
    this.#context = context;
    this.#scope = scope;
    // Called by the prelude alone; what the code made of the prelude's tools is checked all the same.
    const log = context.newFunction('log', (level, text) => {
      const line = { level: context.getString(level), text: this.#text(text, RUN_LIMITS.consoleLength) };
      if (lines.length < RUN_LIMITS.consoleLines && isLine(line)) lines.push(line);
    });
    const answer = context.newFunction('answer', (headers, body) => {
      this.#answer = this.#read(headers, body);
    });
    const make = this.#manage(context.evalCode(PRELUDE, 'prelude.js'));
    this.#prelude = this.#manage(
      context.callFunction(make, context.undefined, scope.manage(log), scope.manage(answer)),
    );
  }

  execute({ code, input }: Run): RunResult['outcome'] {
    if (input !== null) this.#give(input);
    const exported = this.#load(code);
    const hasHandler = this.#context.dump(this.#call('has', exported)) === true;
    if (!hasHandler) {
      throw new Refused(
        'It registers no handler: call addHandler("transform", …) or export a default function.',
      );
    }
    if (input === null) return { kind: 'checked' };
    const result = this.#context.getString(this.#call('call', exported));
    if (result === 'dropped') return { kind: 'dropped' };
    if (this.#answer === undefined) throw new Refused('It returned no request.');
    if (this.#answer instanceof Refused) throw this.#answer;
    return { kind: 'answered', answer: this.#answer };
  }

  #read(headers: QuickJSHandle, body: QuickJSHandle): Answered | Refused {
    const answer = {
      headers: this.#text(headers, RUN_LIMITS.headersLength),
      body: this.#text(body, RUN_LIMITS.bodyBytes),
    };
    if (answer.headers === undefined) return new Refused('The headers that it returned are too large.');
    const isTooLarge =
      answer.body == null ? answer.body === undefined : Buffer.byteLength(answer.body) > RUN_LIMITS.bodyBytes;
    if (isTooLarge) return new Refused('The body that it returned is larger than 1 MB.');
    return { headers: answer.headers, body: answer.body ?? null };
  }

  /** Runs in the sandbox, within the limits, because an error's members may be code. */
  describe(error: QuickJSHandle): RunError {
    try {
      const text = this.#text(this.#call('describe', error), MAX_DESCRIPTION) ?? '[]';
      const [message = UNSHOWN, stack = ''] = JSON.parse(text) as string[];
      if (message.endsWith('out of memory')) return { message: TOO_LARGE, line: null, column: null };
      return { message, ...placeIn(stack) };
    } catch {
      return { message: UNSHOWN, line: null, column: null };
    }
  }

  #give({ request, body, isJson, context }: RunInput): void {
    const text = (value: string) => this.#scope.manage(this.#context.newString(value));
    const flag = isJson ? this.#context.true : this.#context.false;
    this.#call('give', text(request), text(body), flag, text(context));
  }

  /** Runs the code, and answers what it exports by default. */
  #load(code: string): QuickJSHandle {
    const isModule = /\bexport\b/.test(code);
    const loaded = this.#context.evalCode(code, FILE_NAME, { type: isModule ? 'module' : 'global' });
    const handle = this.#manage(loaded);
    return isModule ? this.#scope.manage(this.#context.getProp(handle, 'default')) : this.#context.undefined;
  }

  #call(name: string, ...given: QuickJSHandle[]): QuickJSHandle {
    const called = this.#scope.manage(this.#context.getProp(this.#prelude, name));
    return this.#manage(this.#context.callFunction(called, this.#context.undefined, ...given));
  }

  #manage(result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
    if (result.error !== undefined) throw new Thrown(this.#scope.manage(result.error));
    return this.#scope.manage(result.value);
  }

  /**
   * The text; null when it is none, undefined when it is too long: its length is asked for before it is copied out of
   * the sandbox.
   */
  #text(handle: QuickJSHandle, maxLength: number): string | null | undefined {
    if (this.#context.typeof(handle) !== 'string') return null;
    const length = this.#scope.manage(this.#context.getProp(handle, 'length'));
    return this.#context.getNumber(length) > maxLength ? undefined : this.#context.getString(handle);
  }
}

const UNSHOWN = 'It threw what cannot be shown.';

const isLine = (line: { level: string; text: string | null | undefined }): line is ConsoleLine =>
  (CONSOLE_LEVELS as readonly string[]).includes(line.level) && typeof line.text === 'string';

/** The first place of a stack that is in the code. */
function placeIn(stack: string): Pick<RunError, 'line' | 'column'> {
  const found = /transformation\.js:(\d{1,7})(?::(\d{1,7}))?/.exec(stack);
  const numberIn = (digits: string | undefined) => (digits === undefined ? null : Number(digits));
  return { line: numberIn(found?.[1]), column: numberIn(found?.[2]) };
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
