import { setTimeout as pause } from 'node:timers/promises';

/** Waits for what announces itself by no event: looks every 20 ms, and gives up after `withinMs`. */
export async function eventually(
  what: string,
  look: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await look())) {
    if (Date.now() > until) throw new Error(`After ${String(withinMs)} ms: not ${what}`);
    await pause(20);
  }
}

/** That `work` ends although its caller holds what it could wait for: throws, so that this is given back, when it does not. */
export async function endsMeanwhile(what: string, work: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  const ending = work.finally(() => (hasEnded = true));
  ending.catch(() => undefined);
  await eventually(`${what}, without waiting`, () => hasEnded, 10_000);
  await ending;
}
