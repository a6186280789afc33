import { randomInt } from 'node:crypto';
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten';
import { PRELUDE } from './prelude.ts';
import {
  CONSOLE_LEVELS,
  type ConsoleLevel,
  type ConsoleLine,
  FILE_NAME,
  type Run,
  RUN_LIMITS,
  type RunError,
  type RunInput,
  type RunResult,
  TOO_LARGE,
} from './run.ts';

const MAX_DESCRIPTION = 16_384;
const WORDS = 2 ** 32;
const TOOLS = ['give', 'call', 'line', 'describe', 'parse', 'stringify'] as const;

/** What the code threw, as the sandbox has it. */
export class Thrown extends Error {
  readonly handle: QuickJSHandle;

  constructor(handle: QuickJSHandle) {
    super('thrown in the sandbox');
    this.handle = handle;
  }
}

/** What is wrong with the code, or with what it answered. */
export class Refused extends Error {}

type Result = ReturnType<QuickJSContext['evalCode']>;
type Tool = (typeof TOOLS)[number];

/**
 * Makes runs in a context that is put back for each as it was when this was made. Whatever the code can have a hand in,
 * such as a getter of what it answers, is called as a function of the sandbox, which answers what was thrown.
 *
 * Handles are not disposed: those of a run end with what it did to the memory, and those of before it keep the host's
 * functions, which else a run could have freed for those after it.
 */
export class Machine {
  readonly #context: QuickJSContext;
  readonly #tools: Record<Tool, QuickJSHandle>;
  readonly #stackProbe: QuickJSHandle;
  /** Where the probe found the value that it was called on, which the engine puts on its stack. */
  #probed: number | undefined;
  #lines: ConsoleLine[] = [];

  constructor(context: QuickJSContext) {
    this.#context = context;
    const prelude = valueOf(context.evalCode(PRELUDE, 'prelude.js', { type: 'global' }));
    const randomWord = context.newFunction('randomWord', () => context.newNumber(randomInt(WORDS)));
    const tools = valueOf(context.callFunction(prelude, context.undefined, randomWord));
    this.#tools = Object.fromEntries(TOOLS.map((name) => [name, context.getProp(tools, name)])) as Record<
      Tool,
      QuickJSHandle
    >;
    this.#stackProbe = this.#makeStackProbe();
    this.#makeConsole();
  }

  /** Of the engine, as an address in its memory; undefined when nothing can be called, because no stack is left. */
  stackPointer(): number | undefined {
    this.#probed = undefined;
    this.#context.callFunction(this.#stackProbe, this.#context.undefined);
    return this.#probed;
  }

  /** `lines` gets what the code prints. Throws {@link Thrown} and {@link Refused}. */
  execute({ code, input }: Run, lines: ConsoleLine[]): RunResult['outcome'] {
    this.#lines = lines;
    if (input !== null) this.#give(input);
    const result = this.#call('call', this.#load(code));
    const part = (index: number) => this.#context.getProp(result, index);
    const kind = this.#context.getString(part(0));
    if (kind === 'checked' || kind === 'dropped') return { kind };
    if (kind !== 'answered') throw new Refused(REFUSALS[kind] ?? UNSHOWN);
    const headers = this.#text(part(1), RUN_LIMITS.headersLength);
    if (headers === undefined) throw new Refused('The headers that it returned are too large.');
    const body = this.#text(part(2), RUN_LIMITS.bodyBytes);
    if (body === undefined || (body !== null && Buffer.byteLength(body) > RUN_LIMITS.bodyBytes))
      throw new Refused('The body that it returned is larger than 1 MB.');
    return { kind: 'answered', answer: { headers, body } };
  }

  /** Runs in the sandbox, within the limits, because an error's members may be code. */
  describe(error: QuickJSHandle): RunError {
    const described = this.#context.callFunction(this.#tools.describe, this.#context.undefined, error);
    if (described.error !== undefined) return NOT_SHOWN;
    return errorIn(this.#text(described.value, MAX_DESCRIPTION) ?? '[]');
  }

  #give({ request, body, isJson, context }: RunInput): void {
    const text = (value: string) =>
      value.includes('\0')
        ? this.#call('parse', this.#context.newString(JSON.stringify(value)))
        : this.#context.newString(value);
    const { true: yes, false: no } = this.#context;
    this.#call('give', text(request), text(body), isJson ? yes : no, text(context));
  }

  /** Runs the code, and answers what it exports by default. */
  #load(code: string): QuickJSHandle {
    const isModule = /\bexport\b/.test(code);
    const loaded = valueOf(this.#context.evalCode(code, FILE_NAME, { type: isModule ? 'module' : 'global' }));
    return isModule ? this.#context.getProp(loaded, 'default') : this.#context.undefined;
  }

  #makeStackProbe(): QuickJSHandle {
    const probed = (address: number) => {
      this.#probed = address;
    };
    return this.#context.newFunction('stackProbe', function () {
      probed(this.value);
    });
  }

  #makeConsole(): void {
    const made = this.#context.newObject();
    for (const level of CONSOLE_LEVELS) {
      const print = this.#context.newFunction(level, (...values) => this.#print(level, values));
      this.#context.setProp(made, level, print);
    }
    this.#context.setProp(this.#context.global, 'console', made);
  }

  /** Answers what was thrown while the values were shown. Code may call it often, so that it disposes. */
  #print(level: ConsoleLevel, values: QuickJSHandle[]): Result | undefined {
    if (this.#lines.length >= RUN_LIMITS.consoleLines) return undefined;
    const shown = this.#context.callFunction(this.#tools.line, this.#context.undefined, ...values);
    if (shown.error !== undefined) return shown;
    const text = this.#text(shown.value, RUN_LIMITS.consoleLength);
    shown.value.dispose();
    if (typeof text === 'string') this.#lines.push({ level, text });
    return undefined;
  }

  #call(name: Tool, ...given: QuickJSHandle[]): QuickJSHandle {
    return valueOf(this.#context.callFunction(this.#tools[name], this.#context.undefined, ...given));
  }

  /**
   * The text; null when it is none, undefined when it is too long: its length is asked for before it is copied out of
   * the sandbox. One with a NUL, where a copy ends, is copied as JSON, and so is one with half of a surrogate pair,
   * which is replaced.
   */
  #text(handle: QuickJSHandle, maxLength: number): string | null | undefined {
    if (this.#context.typeof(handle) !== 'string') return null;
    const length = this.#context.getProp(handle, 'length').consume((one) => this.#context.getNumber(one));
    if (length > maxLength) return undefined;
    const text = this.#context.getString(handle);
    if (text.length === length) return text;
    return (JSON.parse(this.#context.getString(this.#call('stringify', handle))) as string).toWellFormed();
  }
}

/** By what the prelude answers. */
const REFUSALS: Record<string, string> = {
  'no handler': 'It registers no handler: call addHandler("transform", …) or export a default function.',
  'no request': 'It must return a request, or null to send nothing.',
  promise: 'It returned a promise: transformations are synchronous.',
  'no headers': 'headers must be an object.',
  'no body': 'The request that it returned has no body.',
  'no text': 'The body must be text, or what JSON can hold.',
};
const UNSHOWN = 'It threw what cannot be shown.';

const NOT_SHOWN: RunError = { message: UNSHOWN, line: null, column: null };

/** By what the prelude describes, of which the code may have made anything. */
function errorIn(description: string): RunError {
  try {
    const [message = UNSHOWN, stack = ''] = JSON.parse(description) as string[];
    if (message.endsWith('out of memory')) return { message: TOO_LARGE, line: null, column: null };
    return { message, ...placeIn(stack) };
  } catch {
    return NOT_SHOWN;
  }
}

function valueOf(result: Result): QuickJSHandle {
  if (result.error !== undefined) throw new Thrown(result.error);
  return result.value;
}

/** The first place of a stack that is in the code. */
function placeIn(stack: string): Pick<RunError, 'line' | 'column'> {
  const found = /transformation\.js:(\d{1,7})(?::(\d{1,7}))?/.exec(stack);
  const numberIn = (digits: string | undefined) => (digits === undefined ? null : Number(digits));
  return { line: numberIn(found?.[1]), column: numberIn(found?.[2]) };
}
