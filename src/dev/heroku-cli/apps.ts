import { HerokuError } from './output.ts';
import { findAddOn as findAddOnAnywhere, findApp } from '#src/dev/fake-heroku/find.ts';
import type { AddOn, App, Attachment, World } from '#src/dev/fake-heroku/world.ts';
import type { HerokuSession } from './session.ts';

/** The app of the demonstration that `npm start` provisions. */
export const DEMO_APP = 'hostedhooks-demo';

/** The add-on of the demonstration. Fixed, so that the same resource is found when the world's file was deleted. */
export const DEMO_UUID = 'de300000-0000-4000-8000-000000000001';

/** The name after `--app`, or that of our own app; an app with the name need not exist. */
export function appNameOf({ args }: HerokuSession, world: World): string {
  const named = args.flags.get('--app');
  return typeof named === 'string' ? named : world.ownApp;
}

/** The app of the command. Throws HerokuError when no such app exists. */
export function appOf(session: HerokuSession, world: World): App {
  const app = currentApp(session, world);
  if (app === undefined) throw new HerokuError(`Couldn't find that app: ${appNameOf(session, world)}.`);
  return app;
}

/**
 * The app after `--app`, or our own app. When the command names none and our own has no add-on: the demonstration's
 * app, or the only app with an add-on, because apps can be renamed.
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

/** The attachments of the app of the command; none when no such app exists. */
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

/**
 * The add-on that `word` names: the service, an add-on or an attachment; without a word, the service. Throws
 * HerokuError when none or several add-ons match.
 */
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

/** The command as it was given, with the name of the add-on. */
function commandFor({ args }: HerokuSession, { addOn, app }: AttachedAddOn): string {
  const plans = args.words.filter((word) => word.includes(':'));
  const named = args.flags.has('--app') ? ['-a', app.name] : [];
  return [args.verb, addOn.name, ...plans, ...named].join(' ');
}
