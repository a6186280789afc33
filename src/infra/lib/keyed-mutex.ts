/** Runs one piece of work of a key at a time; the others wait in the order in which they came. */
export function createKeyedMutex(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const lastByKey = new Map<string, Promise<unknown>>();

  return async (key, work) => {
    const result = (lastByKey.get(key) ?? Promise.resolve()).then(work);
    const last = result.catch(() => undefined);
    lastByKey.set(key, last);
    try {
      return await result;
    } finally {
      if (lastByKey.get(key) === last) lastByKey.delete(key);
    }
  };
}
