import { appOf } from './apps.ts';
import { say } from './output.ts';
import { configVarsOf } from '#src/dev/fake-heroku/attachments.ts';
import type { HerokuSession } from './session.ts';

/** `config [--shell]`: all config vars of the app. */
export async function config(session: HerokuSession): Promise<void> {
  const world = await session.platform.read();
  const app = appOf(session, world);
  const vars = Object.entries(configVarsOf(world, app)).sort(([one], [other]) => (one < other ? -1 : 1));
  if (session.args.flags.has('--shell')) {
    for (const [name, value] of vars) say(`${name}=${value}`);
    return;
  }
  say(`=== ⬢ ${app.name} Config Vars\n`);
  const width = Math.max(0, ...vars.map(([name]) => name.length)) + 2;
  for (const [name, value] of vars) say(`${`${name}:`.padEnd(width)}${value}`);
}
