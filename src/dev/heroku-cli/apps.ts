import { HerokuError } from './output.ts';
import { findAddOn as findAddOnAnywhere, findApp } from '#src/dev/fake-heroku/find.ts';
import type { AddOn, App, Attachment, World } from '#src/dev/fake-heroku/world.ts';
import type { HerokuSession } from './session.ts';

/** The app that `npm start` provisions its demonstration for. */
export const DEMO_APP = 'hostedhooks-demo';

/** Its add-on: fixed, so that the same resource is found when the file that remembers it is gone. */
export const DEMO_UUID = 'de300000-0000-4000-8000-000000000001';

/** The name of the app that the command names, or of our own; it needs no making. */
export function appNameOf({ args }: HerokuSession, world: World): string {
  const named = args.flags.get('--app');
  return typeof named === 'string' ? named : world.ownApp;
}

/** The app that the command is about. */
export function appOf(session: HerokuSession, world: World): App {
  const app = currentApp(session, world);
  if (app === undefined) throw new HerokuError(`Couldn't find that app: ${appNameOf(session, world)}.`);
  return app;
}

/**
 * When none is named and our own has no add-on: the demonstration's, or the only one that has any, whatever they
 * are called by now.
 */
function currentApp(session: HerokuSession, world: World): App | undefined {
  const app = findApp(world, appNameOf(session, world));
  const withAddOns = world.apps.filter(({ id }) => world.attachments.some(({ appId }) => appId === id));
  if (session.args.flags.has('--app') || withAddOns.some(({ id }) => id === app?.id)) return app;
  const demo = findAddOnAnywhere(world, DEMO_UUID);
  const fallBack = withAddOns.find(({ id, name }) => id === demo?.appId || name === DEMO_APP);
  return fallBack ?? (withAddOns.length === 1 ? withAddOns[0] : app);
}

export interface AttachedAddOn {
  app: App;
  addOn: AddOn;
  attachment: Attachment;
}

/** What is attached to the app of the command; nothing when there is no such app. */
export function attachedTo(session: HerokuSession, world: World): AttachedAddOn[] {
  const app = currentApp(session, world);
  if (app === undefined) return [];
  return world.attachments
    .filter(({ appId }) => appId === app.id)
    .flatMap((attachment) =>
      world.addOns
        .filter(({ uuid }) => uuid === attachment.addOnId)
        .map((addOn) => ({ app, addOn, attachment })),
    );
}

/** The one add-on that `word` means: by the service, by its own name, or, without a word, the only one. */
export async function findAddOn(session: HerokuSession, word: string | undefined): Promise<AttachedAddOn> {
  const service = session.config.heroku.manifestId;
  const [wanted = service] = (word ?? service).split(':');
  const world = await session.platform.read();
  const found = attachedTo(session, world).filter(
    ({ addOn, attachment }) => wanted === service || [addOn.name, attachment.name].includes(wanted),
  );
  const [first, ...others] = found;
  if (first === undefined) {
    throw new HerokuError(
      `Couldn't find the add-on ${wanted} on ⬢ ${appNameOf(session, world)}. Create one: addons:create ${service}`,
    );
  }
  if (others.some(({ addOn }) => addOn.uuid !== first.addOn.uuid)) {
    const names = found.map(({ addOn }) => addOn.name).join(', ');
    throw new HerokuError(
      `Ambiguous identifier; multiple matching add-ons found: ${names}.\n` +
        `Name one: npm run heroku -- ${commandFor(session, first)}`,
    );
  }
  return first;
}

/** The command as it was given, with the add-on named. */
function commandFor({ args }: HerokuSession, { addOn, app }: AttachedAddOn): string {
  const plans = args.words.filter((word) => word.includes(':'));
  const named = args.flags.has('--app') ? ['-a', app.name] : [];
  return [args.verb, addOn.name, ...plans, ...named].join(' ');
}
