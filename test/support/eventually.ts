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
