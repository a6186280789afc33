import { loadConfig } from '#src/config.ts';
import { makeDataFolder } from '#src/dev/data-folder.ts';
import { startFakeHeroku } from '#src/dev/fake-heroku/index.ts';
import { WorldFile } from '#src/dev/fake-heroku/world-file.ts';

interface FakeHerokuInDevelopment {
  /** What makes the server use it. */
  env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

const SETTINGS = ['HEROKU_API_URL', 'HEROKU_ID_URL', 'HEROKU_CLIENT_SECRET'];

/**
 * In development, the part of Heroku that the server talks to, on a free port and with its world in the data folder, so
 * that everything works on a fresh clone. Nothing of it where the environment says which Heroku it is.
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
