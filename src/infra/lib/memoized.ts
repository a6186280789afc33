/**
 * Calls `make` once for each key and keeps its results: for few keys, none of them a caller's own text. A promise that
 * is rejected is not kept, because the next one may be fulfilled.
 */
export function memoized<K, T>(make: (key: K) => T): (key: K) => T {
  const made = new Map<K, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const result = make(key);
    made.set(key, result);
    if (result instanceof Promise) result.catch(() => made.delete(key));
    return result;
  };
}
