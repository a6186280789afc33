/** A part that lives as long as its process. */
export interface Part {
  name: string;
  start?(): void | Promise<void>;
  stop?(): void | Promise<void>;
}

/**
 * Starts the parts in order. Answers a function that stops them in reverse order, one after the other. When one fails
 * to stop, the others are stopped all the same, and the error is thrown at the end. When a part fails to start, that
 * part and those before it are stopped, and the error is thrown.
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
