/** Lets one piece of work of each key run at a time; the others wait in the order in which they came. */
export function createKeyedMutex(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const ends = new Map<string, Promise<unknown>>();

  return async (key, work) => {
    const turn = (ends.get(key) ?? Promise.resolve()).then(work);
    const end = turn.catch(() => undefined);
    ends.set(key, end);
    try {
      return await turn;
    } finally {
      if (ends.get(key) === end) ends.delete(key);
    }
  };
}
