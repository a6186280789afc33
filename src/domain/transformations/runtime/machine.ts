import type { QuickJSContext, QuickJSHandle, Scope } from 'quickjs-emscripten';
import { PRELUDE, SHOWING } from './prelude.ts';
import {
  type Answered,
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
type Tool = 'get' | 'handler' | 'parse' | 'stringify';

interface Given {
  request: QuickJSHandle;
  context: QuickJSHandle;
  /** As JSON texts of the sandbox, to see whether the handler changed them. */
  headers: QuickJSHandle;
  body: QuickJSHandle;
}

/**
 * A run in an engine that is made for it. Whatever the code can have a hand in, such as a getter of what it answers, is
 * called as a function of the sandbox, which answers what was thrown.
 */
export class Machine {
  readonly #context: QuickJSContext;
  readonly #scope: Scope;
  readonly #lines: ConsoleLine[];
  readonly #prelude: QuickJSHandle;
  #showing: QuickJSHandle | undefined;

  /** `lines` gets what the code prints. */
  constructor(context: QuickJSContext, scope: Scope, lines: ConsoleLine[]) {
    this.#context = context;
    this.#scope = scope;
    this.#lines = lines;
    this.#prelude = this.#manage(context.evalCode(PRELUDE, 'prelude.js', { type: 'global' }));
    this.#makeConsole();
  }

  /** Throws {@link Thrown} and {@link Refused}. */
  execute({ code, input }: Run): RunResult['outcome'] {
    const given = input === null ? null : this.#give(input);
    const exported = this.#load(code);
    const registered = this.#call('handler');
    const handler = this.#isA('function', registered) ? registered : exported;
    if (!this.#isA('function', handler)) throw new Refused(NO_HANDLER);
    if (given === null) return { kind: 'checked' };
    const { request, context } = given;
    const result = this.#manage(
      this.#context.callFunction(handler, this.#context.undefined, request, context),
    );
    if (this.#isNull(result)) return { kind: 'dropped' };
    if (!this.#isA('object', result)) throw new Refused('It must return a request, or null to send nothing.');
    if (this.#isA('function', this.#get(result, 'then')))
      throw new Refused('It returned a promise: transformations are synchronous.');
    return {
      kind: 'answered',
      answer: { headers: this.#headers(result, given), body: this.#body(result, given) },
    };
  }

  /** Runs in the sandbox, within the limits, because an error's members may be code. */
  describe(error: QuickJSHandle): RunError {
    try {
      const text = this.#text(this.#manage(this.#show('describe', error)), MAX_DESCRIPTION) ?? '[]';
      const [message = UNSHOWN, stack = ''] = JSON.parse(text) as string[];
      if (message.endsWith('out of memory')) return { message: TOO_LARGE, line: null, column: null };
      return { message, ...placeIn(stack) };
    } catch {
      return { message: UNSHOWN, line: null, column: null };
    }
  }

  #give({ request: requestText, body: bodyText, isJson, context }: RunInput): Given {
    const text = (value: string) => this.#scope.manage(this.#context.newString(value));
    const request = this.#call('parse', text(requestText));
    const body = this.#parsed(text(bodyText), isJson);
    this.#context.setProp(request, 'body', body);
    return {
      request,
      context: this.#call('parse', text(context)),
      headers: this.#call('stringify', this.#get(request, 'headers')),
      body: this.#call('stringify', body),
    };
  }

  /** A body that should be JSON and is none stays a text. */
  #parsed(text: QuickJSHandle, isJson: boolean): QuickJSHandle {
    if (!isJson) return text;
    try {
      return this.#call('parse', text);
    } catch (error) {
      // The code has not been loaded, so that nothing but the engine names the error.
      if (error instanceof Thrown && this.#text(this.#get(error.handle, 'name'), 100) === 'SyntaxError')
        return text;
      throw error;
    }
  }

  /** Runs the code, and answers what it exports by default. */
  #load(code: string): QuickJSHandle {
    const isModule = /\bexport\b/.test(code);
    const loaded = this.#context.evalCode(code, FILE_NAME, { type: isModule ? 'module' : 'global' });
    const handle = this.#manage(loaded);
    return isModule ? this.#scope.manage(this.#context.getProp(handle, 'default')) : this.#context.undefined;
  }

  #headers(result: QuickJSHandle, given: Given): Answered['headers'] {
    const headers = this.#get(result, 'headers');
    if (this.#isA('undefined', headers)) return null;
    if (!this.#isA('object', headers) || this.#isNull(headers))
      throw new Refused('headers must be an object.');
    const text = this.#call('stringify', headers);
    if (this.#context.eq(text, given.headers)) return null;
    const read = this.#text(text, RUN_LIMITS.headersLength);
    if (read === undefined) throw new Refused('The headers that it returned are too large.');
    return read;
  }

  #body(result: QuickJSHandle, given: Given): Answered['body'] {
    const body = this.#get(result, 'body');
    if (this.#isA('undefined', body)) throw new Refused('The request that it returned has no body.');
    const text = this.#call('stringify', body);
    if (this.#context.eq(text, given.body)) return null;
    if (this.#isA('undefined', text)) throw new Refused('The body must be text, or what JSON can hold.');
    const read = this.#text(this.#isA('string', body) ? body : text, RUN_LIMITS.bodyBytes);
    if (read === undefined || (read !== null && Buffer.byteLength(read) > RUN_LIMITS.bodyBytes))
      throw new Refused('The body that it returned is larger than 1 MB.');
    return read;
  }

  #makeConsole(): void {
    const { global } = this.#context;
    const made = this.#scope.manage(this.#context.newObject());
    for (const level of CONSOLE_LEVELS) {
      const print = this.#context.newFunction(level, (...values) => this.#print(level, values));
      this.#context.setProp(made, level, this.#scope.manage(print));
    }
    this.#context.setProp(global, 'console', made);
  }

  /** Answers what was thrown while the values were shown. */
  #print(level: ConsoleLevel, values: QuickJSHandle[]): Result | undefined {
    if (this.#lines.length >= RUN_LIMITS.consoleLines) return undefined;
    const shown = this.#show('line', ...values);
    if (shown.error !== undefined) return shown;
    const text = this.#text(shown.value, RUN_LIMITS.consoleLength);
    shown.value.dispose();
    if (typeof text === 'string') this.#lines.push({ level, text });
    return undefined;
  }

  #show(name: 'line' | 'describe', ...values: QuickJSHandle[]): Result {
    if (this.#showing === undefined) {
      const make = this.#manage(this.#context.evalCode(SHOWING, 'prelude.js', { type: 'global' }));
      this.#showing = this.#manage(this.#context.callFunction(make, this.#context.undefined, this.#prelude));
    }
    const tool = this.#context.getProp(this.#showing, name);
    return tool.consume((called) => this.#context.callFunction(called, this.#context.undefined, ...values));
  }

  #get(of: QuickJSHandle, name: string): QuickJSHandle {
    return this.#call('get', of, this.#scope.manage(this.#context.newString(name)));
  }

  #call(name: Tool, ...given: QuickJSHandle[]): QuickJSHandle {
    const called = this.#scope.manage(this.#context.getProp(this.#prelude, name));
    return this.#manage(this.#context.callFunction(called, this.#context.undefined, ...given));
  }

  #manage(result: Result): QuickJSHandle {
    if (result.error !== undefined) throw new Thrown(this.#scope.manage(result.error));
    return this.#scope.manage(result.value);
  }

  #isA(type: string, handle: QuickJSHandle): boolean {
    return this.#context.typeof(handle) === type;
  }

  #isNull(handle: QuickJSHandle): boolean {
    return this.#context.eq(handle, this.#context.null);
  }

  /**
   * The text; null when it is none, undefined when it is too long: its length is asked for before it is copied out of
   * the sandbox.
   */
  #text(handle: QuickJSHandle, maxLength: number): string | null | undefined {
    if (!this.#isA('string', handle)) return null;
    const length = this.#context.getProp(handle, 'length').consume((one) => this.#context.getNumber(one));
    return length > maxLength ? undefined : this.#context.getString(handle);
  }
}

const NO_HANDLER = 'It registers no handler: call addHandler("transform", …) or export a default function.';
const UNSHOWN = 'It threw what cannot be shown.';

/** The first place of a stack that is in the code. */
function placeIn(stack: string): Pick<RunError, 'line' | 'column'> {
  const found = /transformation\.js:(\d{1,7})(?::(\d{1,7}))?/.exec(stack);
  const numberIn = (digits: string | undefined) => (digits === undefined ? null : Number(digits));
  return { line: numberIn(found?.[1]), column: numberIn(found?.[2]) };
}
