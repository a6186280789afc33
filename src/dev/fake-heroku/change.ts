import type { Person, World } from './world.ts';

/** A world while it is changed, when, and by whom. */
export interface Change {
  world: World;
  nowMs: number;
  actor: Person;
}

/** A time as the Platform API writes it. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
