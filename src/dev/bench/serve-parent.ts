/** What a program answers its starter, by name: one argument each, which must survive a structured clone. */
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

/** Says that this program is ready, answers its starter's questions, and ends with it. */
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
