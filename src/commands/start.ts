import { type Config, ConfigError, loadConfig } from '../config.ts';
import { prepareDatabase } from '../prepare-database.ts';
import { runProcess } from '../run-process.ts';
import { type RunningServer, startServer } from '../server.ts';
import { presentDemo } from './demo/index.ts';
import { startEmbeddedPostgres } from './embedded-postgres/index.ts';

// Everything in one process on a fresh clone: `npm start`.

await runProcess(async () => {
  const database = await findDatabase(loadConfig(process.env));
  try {
    const config = loadConfig({ ...process.env, DATABASE_URL: database.url });
    await prepareDatabase(database.url);
    const server = await startServer(config, { runs: 'both' });
    await greet(config, server);
    return {
      async stop() {
        await server.stop();
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw explained(error);
  }
});

async function findDatabase({ database, dataDir }: Config): Promise<{ url: string; stop(): Promise<void> }> {
  const { url } = database;
  if (url === undefined) return startEmbeddedPostgres({ dataDir });
  return { url, stop: () => Promise.resolve() };
}

/** In production there is no demonstration, and no link that signs in. The server runs on when the demonstration fails. */
async function greet(config: Config, server: RunningServer): Promise<void> {
  if (config.isProduction) {
    console.log(`HostedHooks runs at ${config.http.baseUrl}`);
    return;
  }
  try {
    console.log(await presentDemo(config, originOf(config, server)));
  } catch (error) {
    console.error('The demonstration could not be prepared:', error);
    console.log(`HostedHooks runs at ${config.http.baseUrl}`);
  }
}

/** Where this process answers, which is not where the public origin leads when something stands in front of it. */
function originOf({ http: { host } }: Config, { url }: RunningServer): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return url;
  const origin = new URL(url);
  origin.hostname = host.includes(':') ? `[${host}]` : host;
  return origin.origin;
}

function explained(error: unknown): unknown {
  const isPortTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (!isPortTaken) return error;
  const port = 'port' in error ? String(error.port) : '';
  return new ConfigError([
    `PORT: ${port} is used by another program; stop it, or choose another: PORT=3001 npm start`,
  ]);
}
