/** A run of a transformation, as it travels to the thread that makes it. */
export interface Run {
  code: string;
  /** Null: only whether the code can be used; no handler is called. */
  input: RunInput | null;
}

export interface RunInput {
  /** JSON text of `{headers, event_type, version, id}`. */
  request: string;
  /** The body as it would be sent. */
  body: string;
  /** Whether the handler gets the body parsed. */
  isJson: boolean;
  /** JSON text. */
  context: string;
}

export interface ConsoleLine {
  level: ConsoleLevel;
  text: string;
}

export const CONSOLE_LEVELS = ['debug', 'log', 'info', 'warn', 'error'] as const;
export type ConsoleLevel = (typeof CONSOLE_LEVELS)[number];

export interface RunError {
  /** One line, for whoever wrote the code. */
  message: string;
  /** Where in the code, if that is known; both count from 1. */
  line: number | null;
  column: number | null;
}

/** What the handler answered. */
export interface Answered {
  /** JSON text of the headers; null: the answer has no such member. */
  headers: string | null;
  /** The text to send; null: the body is as it was given. */
  body: string | null;
}

export interface RunResult {
  console: ConsoleLine[];
  /** Processor time that it took. */
  cpuMs: number;
  /** `dropped`: the handler answered null. `checked`: there was no input. */
  outcome:
    | { kind: 'answered'; answer: Answered }
    | { kind: 'dropped' | 'checked' }
    | { kind: 'failed'; error: RunError };
}

/** What a thread is asked. */
export interface ThreadRequest {
  runs: Run[];
  /** Processor time that each may take. */
  limitMs: number;
}

/** What a thread answers: the results of the first runs at least, and none when it is ready for some. */
export interface ThreadAnswer {
  results: RunResult[];
  /** Processor time of the thread until now. */
  threadCpuMs: number;
}

/** The file's name in the stacks of errors. */
export const FILE_NAME = 'transformation.js';

export const RUN_LIMITS = {
  /** Processor time of a run. */
  cpuMs: 1000,
  memoryBytes: 64 * 1024 * 1024,
  /** Of the sandbox's stack, well below that of WebAssembly. */
  stackBytes: 256 * 1024,
  bodyBytes: 1024 * 1024,
  /** Of the headers that the handler answers, in characters of JSON. */
  headersLength: 64 * 1024,
  consoleLines: 100,
  consoleLength: 1000,
} as const;

export const failed = (message: string): Extract<RunResult['outcome'], { kind: 'failed' }> => ({
  kind: 'failed',
  error: { message, line: null, column: null },
});

export const TOO_SLOW = 'It took more than 1 second.';
export const TOO_LARGE = 'It used more than 64 MB of memory.';
