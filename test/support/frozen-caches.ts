import { performance } from 'node:perf_hooks';
import type { TestContext } from 'node:test';

/** Until the end of the test nothing in a cache expires: only a notification of a change ends it. */
export function freezeCaches(t: TestContext): void {
  const nowMs = performance.now();
  t.mock.method(performance, 'now', () => nowMs);
}
