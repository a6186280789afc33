import { LRUCache } from 'lru-cache';

/**
 * A cache of at most `entries`, each for at most `ttlMs`. Sized rather than by lru-cache's `max`, because that
 * allocates the room of all entries at once: 20 ms and 1 MB for 50,000.
 */
export function lru<V extends object | string | number>(
  entries: number,
  { ttlMs }: { ttlMs?: number } = {},
): LRUCache<string, V> {
  return new LRUCache({
    maxSize: entries,
    sizeCalculation: () => 1,
    ...(ttlMs === undefined ? {} : { ttl: ttlMs }),
  });
}
