import { type Config, loadConfig } from '#src/config.ts';
import { checkDatabase } from './database-check.ts';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { checkPort } from './check-port.ts';
import { explained } from './listen-error.ts';
import type { Running } from './run-process.ts';

/**
 * Starts a web or a worker of the Procfile, in as many processes as WEB_CONCURRENCY says. Throws CannotStart when no
 * release has prepared the database. The product is loaded afterwards, because it takes a second and a wrong
 * environment is said at once.
 */
export async function startProcfileServer(runs: 'web' | 'worker', env: NodeJS.ProcessEnv): Promise<Running> {
  const config = loadConfig(env);
  const { url, engine } = config.database;
  if (url === undefined) throw new CannotStart('DATABASE_URL is not set: set it, or run `npm start`.');
  await checkDatabase(url, engine);
  if (config.processes.count === 1) return startHere(runs, config);
  if (runs === 'web') await checkPort(config.http);
  const { ProcessGroup } = await import('./process-group.ts');
  const group = new ProcessGroup({ ...config.processes, logLevel: config.logLevel });
  await group.start();
  return group;
}

async function startHere(runs: 'web' | 'worker', config: Config): Promise<Running> {
  const { startServer } = await import('./server.ts');
  const server = await startServer(config, { runs, preparesDocs: true }).catch((error: unknown) => {
    throw explained(error);
  });
  const { logger } = server.container;
  if (runs === 'web') logger.info(`web listens on ${new URL(server.url).port}`);
  else logger.info('worker delivers');
  return server;
}
