import { type Config, loadConfig } from '#src/config.ts';
import { findRun } from '#src/dev/run-file.ts';
import type { Arguments } from './arguments.ts';
import { Partner } from './partner.ts';
import { Platform } from '#src/dev/fake-heroku/platform.ts';
import { WorldFile } from '#src/dev/fake-heroku/world-file.ts';

/** The command line, and the parts that every verb needs. */
export interface HerokuSession {
  args: Arguments;
  config: Config;
  partner: Partner;
  platform: Platform;
}

export function openSession(args: Arguments, env: NodeJS.ProcessEnv): HerokuSession {
  const config = loadConfig(withRunningServer(env));
  const platform = new Platform({ state: new WorldFile(config.dataDir) });
  return { args, config, partner: new Partner(config), platform };
}

/** The URL of the server: from the environment, else from the `npm start` that runs on the same data folder. */
function withRunningServer(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (isGiven(env['PORT']) || isGiven(env['BASE_URL'])) return env;
  const running = findRun(loadConfig(env).dataDir);
  return running === undefined ? env : { ...env, BASE_URL: running.url };
}

function isGiven(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
