import { loadConfig } from '#src/config.ts';
import { reachDatabase } from '#src/boot/database-check.ts';
import { explained } from '#src/boot/listen-error.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import type { Running } from '#src/boot/run-process.ts';
import { checkPort } from '#src/boot/check-port.ts';
import { refuseBlockedPort } from './blocked-port.ts';
import { greet } from './greet.ts';
import { startOwnDatabase } from './own-database.ts';
import { startFakeHerokuInDevelopment } from './fake-heroku.ts';
import { startServers } from './start-servers.ts';
import { rescueLeasesOfDeadProcess } from './rescue-leases.ts';

interface Database {
  url: string;
  /** Whether this process started it and is alone on it. */
  isOurs: boolean;
  /** Called before anything is stopped. */
  announceStop(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the database, migrations, web, workers and the demonstration. Throws between its steps when `stopping` is
 * aborted.
 */
export async function startEverything(env: NodeJS.ProcessEnv, stopping: AbortSignal): Promise<Running> {
  const database = await findDatabase(env);
  let heroku: Awaited<ReturnType<typeof startFakeHerokuInDevelopment>> | undefined;
  try {
    stopping.throwIfAborted();
    heroku = await startFakeHerokuInDevelopment(env);
    const { stop: stopHeroku } = heroku;
    const ownEnv = { ...heroku.env, DATABASE_URL: database.url };
    const config = loadConfig({ ...env, ...ownEnv });
    await prepareDatabase(database.url, config.database.engine);
    if (database.isOurs) await rescueLeasesOfDeadProcess(database.url);
    stopping.throwIfAborted();
    const server = await startServers(config, ownEnv);
    if (!stopping.aborted) await greet(config, server);
    return {
      ...(server.failed === undefined ? {} : { failed: server.failed }),
      async stop() {
        await database.announceStop();
        await server.stop();
        await stopHeroku();
        await database.stop();
      },
    };
  } catch (error) {
    await heroku?.stop();
    await database.stop();
    throw explained(error);
  }
}

async function findDatabase(env: NodeJS.ProcessEnv): Promise<Database> {
  const config = loadConfig(env);
  // In production whoever is in front of web has a port of its own.
  if (!config.isProduction) refuseBlockedPort(config.http.port);
  const { url } = config.database;
  if (url === undefined) return startOwnDatabase(config);
  await checkPort(config.http);
  await reachDatabase(url);
  const nothing = () => Promise.resolve();
  return { url, isOurs: false, announceStop: nothing, stop: nothing };
}
