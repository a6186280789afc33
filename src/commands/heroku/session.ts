import { type Config, loadConfig } from '../../config.ts';
import { findRun } from '../run-file.ts';
import type { Arguments } from './arguments.ts';
import { Partner } from './partner.ts';
import { StateFile } from './state.ts';

/** What every verb works with. */
export interface HerokuSession {
  args: Arguments;
  config: Config;
  partner: Partner;
  state: StateFile;
}

export function openSession(args: Arguments, env: NodeJS.ProcessEnv): HerokuSession {
  const config = loadConfig(withRunningServer(env));
  return { args, config, partner: new Partner(config), state: new StateFile(config.dataDir) };
}

/** The server of `npm start` on the same data folder tells where it answers, unless the environment says where to look. */
function withRunningServer(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (isGiven(env['PORT']) || isGiven(env['BASE_URL'])) return env;
  const running = findRun(loadConfig(env).dataDir);
  return running === undefined ? env : { ...env, BASE_URL: running.url };
}

function isGiven(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
