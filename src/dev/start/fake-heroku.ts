import { loadConfig } from '#src/config.ts';
import { makeDataFolder } from '#src/dev/data-folder.ts';
import { startFakeHeroku } from '#src/dev/fake-heroku/index.ts';
import { WorldFile } from '#src/dev/fake-heroku/world-file.ts';

interface FakeHerokuInDevelopment {
  /** The variables that make a server use the fake Heroku; empty when none was started. */
  env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

const SETTINGS = ['HEROKU_API_URL', 'HEROKU_ID_URL', 'HEROKU_CLIENT_SECRET'];

/**
 * Starts the fake Heroku in development, on a free port and with its state in the data folder, so that everything works
 * on a fresh clone. Starts nothing when the environment names a Heroku.
 */
export async function startFakeHerokuInDevelopment(env: NodeJS.ProcessEnv): Promise<FakeHerokuInDevelopment> {
  const isDevelopment = ['', 'development'].includes(env['NODE_ENV'] ?? '');
  if (!isDevelopment || SETTINGS.some((name) => (env[name] ?? '') !== '')) {
    return { env: {}, stop: () => Promise.resolve() };
  }
  const { dataDir } = loadConfig(env);
  await makeDataFolder(dataDir);
  const heroku = await startFakeHeroku({
    clientSecret: 'development-only-client-secret',
    state: new WorldFile(dataDir),
  });
  return { env: heroku.env, stop: heroku.stop };
}
