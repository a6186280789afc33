import { appOf } from './apps.ts';
import { HerokuError, say, showProgress, warn } from './output.ts';
import { webAddress } from '#src/dev/fake-heroku/present.ts';
import type { HerokuSession } from './session.ts';

/** `apps:rename NEW-NAME` */
export async function appsRename(session: HerokuSession): Promise<void> {
  const { args, platform } = session;
  const [name] = args.words;
  if (name === undefined) throw new HerokuError('Name the app anew: apps:rename NEW-NAME -a APP');
  const app = appOf(session, await platform.read());
  await showProgress(`Renaming ⬢ ${app.name} to ${name}`, async () => {
    await platform.renameApp(app.id, name);
    return { done: 'done' };
  });
  say(`${webAddress({ name })} | https://git.heroku.com/${name}.git`);
  warn("Don't forget to update git remotes for all other local checkouts of the app.");
}

/** `apps:transfer RECIPIENT`: the address of a collaborator or the name of a team. The transfer needs no acceptance. */
export async function appsTransfer(session: HerokuSession): Promise<void> {
  const { args, platform } = session;
  const [recipient] = args.words;
  if (recipient === undefined) throw new HerokuError('Name who gets it: apps:transfer EMAIL-OR-TEAM -a APP');
  const app = appOf(session, await platform.read());
  await showProgress(`Transferring ⬢ ${app.name} to ${recipient}`, async () => {
    await platform.transferApp(app.id, recipient);
    return { done: 'done' };
  });
}
