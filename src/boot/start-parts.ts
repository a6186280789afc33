/** A part that lives as long as its process. */
export interface Part {
  name: string;
  start?(): void | Promise<void>;
  stop?(): void | Promise<void>;
}

interface Options {
  /** Called with the name of a part that takes long to stop: Heroku ends a process after 30 s without a word. */
  onSlowStop: (name: string) => void;
  slowStopMs?: number;
}

const SLOW_STOP_MS = 10_000;

/**
 * Starts the parts in order. Answers a function that stops them in reverse order, one after the other. When one fails
 * to stop, the others are stopped all the same, and the error is thrown at the end. When a part fails to start, that
 * part and those before it are stopped, and the error is thrown.
 */
export async function startParts(parts: readonly Part[], options: Options): Promise<() => Promise<void>> {
  const started = new AsyncDisposableStack();
  try {
    for (const part of parts) {
      started.defer(() => stopPart(part, options));
      await part.start?.();
    }
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
  return () => started.disposeAsync();
}

async function stopPart(part: Part, { onSlowStop, slowStopMs = SLOW_STOP_MS }: Options): Promise<void> {
  const timer = setTimeout(() => {
    onSlowStop(part.name);
  }, slowStopMs);
  try {
    await part.stop?.();
  } finally {
    clearTimeout(timer);
  }
}
