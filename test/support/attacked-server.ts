import { readFileSync } from 'node:fs';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { startTestServer, type TestServer } from './server.ts';

export interface AttackedServer extends TestServer {
  /** Of web and worker. */
  pids: number[];
  /** Gives an app event types `big.1`, `big.2`, …, each with an enforced schema of 60 KB. By SQL, beyond its plan. */
  fillWithSchemas: (appId: string, accountId: string, count: number) => Promise<void>;
}

/** The flags that the Procfile starts web with. */
const FLAGS = (/^web: node (.*) src\/web\.ts$/m.exec(readFileSync('Procfile', 'utf8'))?.[1] ?? '').split(' ');
/** What app.json sets, as far as it is about memory. */
const { env } = JSON.parse(readFileSync('app.json', 'utf8')) as { env: Record<string, { value?: string }> };
const MALLOC = { MALLOC_MMAP_THRESHOLD_: env['MALLOC_MMAP_THRESHOLD_']?.value ?? '' };

/** Web and worker in processes of their own, as the Procfile and app.json have them, and accounts on them. */
export async function startServer(databaseUrl: string): Promise<AttackedServer> {
  const home = await startTestServer({ databaseUrl, runs: 'web' });
  const start = (entry: 'web' | 'worker'): Promise<ServerProcess> =>
    startServerProcess({ databaseUrl, entry, flags: FLAGS, env: MALLOC });
  const [web, worker] = await Promise.all([start('web'), start('worker')]);
  return {
    ...home,
    url: web.url,
    pids: [web.program.pid, worker.program.pid],
    fillWithSchemas: async (appId, accountId, count) => {
      await home.container.pool.query(
        `insert into webhook_events (id, account_id, app_id, event_type, schema, enforce)
         select gen_random_uuid(), $1, $2, 'big.' || n, json_build_object('title', repeat('x', 60000)), true
         from generate_series(1, $3::int) n`,
        [accountId, appId, count],
      );
    },
    [Symbol.asyncDispose]: async () => {
      await web[Symbol.asyncDispose]();
      await worker[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}
