import { emptyWorld, type World } from './world.ts';

/** Where a world is kept. */
export interface WorldStore {
  read(): Promise<World>;
  /** Lets `change` work on the world in place and keeps it, one at a time, whoever else changes it; unless it throws. */
  update<T>(change: (world: World) => T): Promise<T>;
}

/** A world of one process. */
export class WorldInMemory implements WorldStore {
  #world: World = emptyWorld();

  async read(): Promise<World> {
    return structuredClone(this.#world);
  }

  async update<T>(change: (world: World) => T): Promise<T> {
    const draft = structuredClone(this.#world);
    const result = change(draft);
    this.#world = draft;
    return structuredClone(result);
  }
}
