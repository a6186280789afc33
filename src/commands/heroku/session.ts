import { type Config, loadConfig } from '../../config.ts';
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
  const config = loadConfig(env);
  return { args, config, partner: new Partner(config), state: new StateFile(config.dataDir) };
}
