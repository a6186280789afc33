import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { emptyWorld, type World, world } from './world.ts';
import type { WorldStore } from './world-store.ts';

/** A world in the data folder: one command finds what another has made, and what the server's Heroku was asked for. */
export class WorldFile implements WorldStore {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'heroku.json');
  }

  async read(): Promise<World> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return emptyWorld();
    const found: unknown = JSON.parse(text);
    // Written before there was a Platform API: its resources exist, but nothing of it could be carried over.
    return isOfThisVersion(found) ? world.parse(found) : emptyWorld();
  }

  async update<T>(change: (world: World) => T): Promise<T> {
    await mkdir(dirname(this.#path), { recursive: true });
    return withFileLock(`${this.#path}.lock`, async () => {
      const draft = await this.read();
      const result = change(draft);
      await this.#write(draft);
      return result;
    });
  }

  /** Replaces the file whole, so that nobody reads half of it. It holds API keys: only its owner may read it. */
  async #write(next: World): Promise<void> {
    const draft = `${this.#path}.${String(process.pid)}`;
    await writeFile(draft, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, this.#path);
  }
}

function isOfThisVersion(found: unknown): boolean {
  return typeof found === 'object' && found !== null && 'version' in found && found.version === 2;
}
