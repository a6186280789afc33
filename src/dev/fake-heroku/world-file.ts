import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { emptyWorld, type World, world } from './world.ts';
import type { WorldStore } from './world-store.ts';

/** A store in a file of the data folder, shared by the commands of the CLI and the server's fake Heroku. */
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
    // A file of version 1 lacks what the Platform API needs, so it is replaced.
    return isCurrentVersion(found) ? world.parse(found) : emptyWorld();
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

  /**
   * Replaces the file atomically, so that no process reads half of it. Only its owner may read it, because it holds API
   * keys.
   */
  async #write(next: World): Promise<void> {
    const draft = `${this.#path}.${String(process.pid)}`;
    await writeFile(draft, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, this.#path);
  }
}

function isCurrentVersion(found: unknown): boolean {
  return typeof found === 'object' && found !== null && 'version' in found && found.version === 2;
}
