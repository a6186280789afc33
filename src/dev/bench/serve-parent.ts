/** The functions that the parent process can call, with one argument each, which is passed by structured clone. */
export type Calls = Record<string, (argument: never) => unknown>;

export interface Question {
  id: number;
  call: string;
  argument: unknown;
}

export interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

/** Signals that this program is ready, serves the parent's calls, and exits with the parent. */
export function serveParent(calls: Calls): void {
  process.on('message', (question: Question) => void answer(calls, question));
  process.on('disconnect', () => process.exit(0));
  process.send?.({ isReady: true });
}

async function answer(calls: Calls, { id, call, argument }: Question): Promise<void> {
  try {
    process.send?.({ id, result: await calls[call]?.(argument as never) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
