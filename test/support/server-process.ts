import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TEST_ENGINE } from './database.ts';
import { eventually } from './eventually.ts';
import { freePort } from '#src/dev/free-port.ts';
import { type Program, startProgram } from './program.ts';

export interface ServerProcess extends AsyncDisposable {
  url: string;
  program: Program;
}

interface Options {
  databaseUrl: string;
  /** `web`, `worker`: as the Procfile runs them. `start`: both in one, with the demonstration. */
  entry: 'web' | 'worker' | 'start';
  env?: Record<string, string>;
  /** Of Node. */
  flags?: string[];
}

/** A process takes a second or two to load, and a poll that nobody answers takes a millisecond of CPU. */
const POLL_MS = 150;

const root = fileURLToPath(new URL('../../', import.meta.url));
const FILES = { web: 'src/web.ts', worker: 'src/worker.ts', start: 'src/dev/start.ts' };

/** A process of the product, that can be killed like one. Resolves when it is ready; a worker at once. */
export async function startServerProcess({
  databaseUrl,
  entry,
  env = {},
  flags = [],
}: Options): Promise<ServerProcess> {
  const port = String(await freePort());
  const url = `http://localhost:${port}`;
  const program = startProgram(process.execPath, [...flags, FILES[entry]], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      PORT: port,
      LOG_LEVEL: 'error',
      DATABASE_URL: databaseUrl,
      DATABASE_ENGINE: TEST_ENGINE,
      ...env,
    },
  });
  if (entry !== 'worker') {
    await eventually(`${entry} ready`, async () => {
      await pause(POLL_MS);
      return (await fetch(`${url}/readyz`).catch(() => null))?.ok === true;
    });
  }
  return { url, program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}
