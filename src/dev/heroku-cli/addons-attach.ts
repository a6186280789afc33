import { appNameOf } from './apps.ts';
import { HerokuError, say, showProgress } from './output.ts';
import { renameAddOn } from '#src/dev/fake-heroku/add-ons.ts';
import { ensureApp } from '#src/dev/fake-heroku/apps.ts';
import { attach, detach, requireAttachment } from '#src/dev/fake-heroku/attachments.ts';
import { requireAddOn, requireApp } from '#src/dev/fake-heroku/find.ts';
import type { AddOn, World } from '#src/dev/fake-heroku/world.ts';
import type { HerokuSession } from './session.ts';

/** `addons:attach ADD-ON -a APP [--as NAME]` */
export async function addonsAttach(session: HerokuSession): Promise<void> {
  const { args, platform } = session;
  const word = wordAt(session, 0, 'Name the add-on: addons:attach ADD-ON -a APP');
  const world = await platform.read();
  const app = appNameOf(session, world);
  const as = args.flags.get('--as');
  const addOn = anywhere(session, world, word);
  const named = typeof as === 'string' ? { as } : {};
  const to = `${addOn.name}${typeof as === 'string' ? ` as ${as}` : ''} to ⬢ ${app}`;
  const { name, release } = await showProgress(`Attaching ${to}`, async () => {
    const attached = await platform.change((change) => {
      const target = ensureApp(change, app);
      const attachment = attach(change, requireAddOn(change.world, addOn.uuid), { app: target, ...named });
      return { name: attachment.name, release: target.release };
    });
    return { ...attached, done: 'done' };
  });
  await restart(`Setting ${name} config vars and restarting ⬢ ${app}`, release);
}

/** `addons:detach NAME -a APP` */
export async function addonsDetach(session: HerokuSession): Promise<void> {
  const word = wordAt(session, 0, 'Name the attachment: addons:detach NAME -a APP');
  const { platform } = session;
  const world = await platform.read();
  const app = requireApp(world, appNameOf(session, world));
  const attachment = requireAttachment(world, app, word);
  const addOn = requireAddOn(world, attachment.addOnId);
  const { name } = attachment;
  await showProgress(`Detaching ${name} to ${addOn.name} from ⬢ ${app.name}`, async () => {
    await platform.change((change) => detach(change, requireAddOn(change.world, addOn.uuid), attachment));
    return { done: 'done' };
  });
  await restart(`Unsetting ${name} config vars and restarting ⬢ ${app.name}`, app.release + 1);
}

/** `addons:rename ADD-ON NEW-NAME` */
export async function addonsRename(session: HerokuSession): Promise<void> {
  const usage = 'Name the add-on and its new name: addons:rename ADD-ON NEW-NAME';
  const [word, name] = [wordAt(session, 0, usage), wordAt(session, 1, usage)];
  const { platform } = session;
  const { uuid } = anywhere(session, await platform.read(), word);
  await platform.change((change) => renameAddOn(change, requireAddOn(change.world, uuid), name));
  say(`${word} successfully renamed to ${name}.`);
}

/** The add-on with this name on any app. The service's name stands for the only add-on. */
function anywhere({ config }: HerokuSession, world: World, word: string): AddOn {
  const [only, ...others] = world.addOns;
  if (word === config.heroku.manifestId && only !== undefined && others.length === 0) return only;
  return requireAddOn(world, word);
}

function wordAt({ args }: HerokuSession, index: number, usage: string): string {
  const word = args.words[index];
  if (word === undefined) throw new HerokuError(usage);
  return word;
}

function restart(what: string, release: number): Promise<{ done: string }> {
  return showProgress(what, async () => ({ done: `done, v${String(release)}` }));
}
