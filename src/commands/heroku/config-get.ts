import { addOnsOf } from './apps.ts';
import { HerokuError, say } from './output.ts';
import type { HerokuSession } from './session.ts';

/** `config:get NAME`: the bare value, to be used in a shell; with `--shell` as an assignment. */
export async function configGet(session: HerokuSession): Promise<void> {
  const { args } = session;
  const [name] = args.words;
  if (name === undefined) {
    throw new HerokuError(`Name the config var: config:get ${session.config.heroku.configVar}`);
  }
  const addOns = await addOnsOf(session);
  // As on Heroku, the value of a config var that is not set is empty.
  const value = addOns.map(({ config }) => config[name]).find((found) => found !== undefined) ?? '';
  say(args.flags.has('--shell') ? `${name}=${value}` : value);
}
