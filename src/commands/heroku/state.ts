import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const addOn = z.object({
  uuid: z.string(),
  /** Heroku's name for the resource, like hosted-hooks-round-12345. */
  name: z.string(),
  app: z.string(),
  plan: z.string(),
  /** The names of its config vars on the app begin with it. */
  attachment: z.string(),
  config: z.record(z.string(), z.string()),
  installedAt: z.string(),
});
export type AddOn = z.infer<typeof addOn>;

const state = z.object({
  addOns: z.array(addOn),
  /** Of the last sign-on form, in seconds. */
  lastSignOn: z.number(),
});
export type State = z.infer<typeof state>;

/** What the local Heroku knows about its apps: a file, so that one command finds what another has made. */
export class StateFile {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'heroku.json');
  }

  async read(): Promise<State> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    return text === null ? { addOns: [], lastSignOn: 0 } : state.parse(JSON.parse(text));
  }

  /** Replaces the file whole, so that nobody reads half of it. It holds API keys: only its owner may read it. */
  async write(next: State): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const draft = `${this.#path}.${String(process.pid)}`;
    await writeFile(draft, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, this.#path);
  }

  /** Puts the add-on in, in place of the one of the same uuid. */
  async keep(addOn: AddOn): Promise<void> {
    const current = await this.read();
    const others = current.addOns.filter(({ uuid }) => uuid !== addOn.uuid);
    await this.write({ ...current, addOns: [...others, addOn] });
  }

  async forget(uuid: string): Promise<void> {
    const current = await this.read();
    await this.write({ ...current, addOns: current.addOns.filter((addOn) => addOn.uuid !== uuid) });
  }
}
