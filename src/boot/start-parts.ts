/** A part that lives as long as its process. A part without `start` needs none, a part without `stop` holds nothing. */
export interface Part {
  name: string;
  start?(): void | Promise<void>;
  stop?(): void | Promise<void>;
}

/**
 * Starts the parts in order. Answers what stops them in reverse order, one after the other, also when some of them fail
 * to stop: the error is thrown at the end. When a part fails to start, it and those before it are stopped.
 */
export async function startParts(parts: readonly Part[]): Promise<() => Promise<void>> {
  const started = new AsyncDisposableStack();
  try {
    for (const part of parts) {
      started.defer(() => part.stop?.());
      await part.start?.();
    }
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
  return () => started.disposeAsync();
}
