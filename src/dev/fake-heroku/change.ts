import type { Person, World } from './world.ts';

/** A change of the world: the draft to mutate, the time and the person who makes the change. */
export interface Change {
  world: World;
  nowMs: number;
  actor: Person;
}

/** A time as the Platform API writes it. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
