import { setTimeout as pause } from 'node:timers/promises';

/** Between two polls that read a variable or a file. */
const CHEAP_MS = 20;
/** A poll that asks a server takes milliseconds of its processor, so these come less often the longer it takes. */
const LONGEST_MS = 100;
const SLOWER_BY = 1.25;

/** Waits for what announces itself by no event: polls, and gives up after `withinMs`. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const until = Date.now() + withinMs;
  for (let waitMs = CHEAP_MS; ;) {
    const answer = isSo();
    if (await answer) return;
    if (Date.now() > until) throw new Error(`After ${String(withinMs)} ms: not ${what}`);
    await pause(waitMs);
    if (answer instanceof Promise) waitMs = Math.min(waitMs * SLOWER_BY, LONGEST_MS);
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
