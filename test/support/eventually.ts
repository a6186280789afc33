import { setTimeout as pause } from 'node:timers/promises';

/** Waits for what announces itself by no event: polls every 20 ms, and gives up after `withinMs`. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(`After ${String(withinMs)} ms: not ${what}`);
    await pause(20);
  }
}

/** Asserts that `work` ends while its caller holds a lock. Throws otherwise, so that the caller releases the lock. */
export async function endsMeanwhile(what: string, work: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  const ending = work.finally(() => (hasEnded = true));
  ending.catch(() => undefined);
  await eventually(`${what}, without waiting`, () => hasEnded, 10_000);
  await ending;
}
