import { emptyWorld, type World } from './world.ts';

/** A store of a world. */
export interface WorldStore {
  read(): Promise<World>;
  /**
   * Runs `change`, which mutates the world, and stores the result unless it throws. Changes are serialised across
   * processes.
   */
  update<T>(change: (world: World) => T): Promise<T>;
}

/** A store in the memory of one process. */
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
