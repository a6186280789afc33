import { attachedTo } from './apps.ts';
import { HerokuError, say } from './output.ts';
import { configUnder } from '#src/dev/fake-heroku/present.ts';
import type { HerokuSession } from './session.ts';

/** `config:get NAME`: the bare value, to be used in a shell; with `--shell` as an assignment. */
export async function configGet(session: HerokuSession): Promise<void> {
  const { args, config, platform } = session;
  const [name] = args.words;
  if (name === undefined) {
    throw new HerokuError(`Name the config var: config:get ${config.heroku.configVar}`);
  }
  const vars = attachedTo(session, await platform.read()).flatMap(({ addOn, attachment }) =>
    Object.entries(configUnder(attachment.name, addOn)),
  );
  // As on Heroku, the value of a config var that is not set is empty.
  const value = vars.find(([key]) => key === name)?.[1] ?? '';
  say(args.flags.has('--shell') ? `${name}=${value}` : value);
}
