import type { HerokuSession } from './session.ts';
import { HerokuError } from './output.ts';
import type { AddOn } from './state.ts';

/** The app that commands are about when none is named; it needs no making. */
const DEFAULT_APP = 'sharp-mountain-4005';

/** The app that `npm start` provisions its demonstration for. */
export const DEMO_APP = 'hostedhooks-demo';

/** The app that the command names. */
export function appOf({ args }: HerokuSession): string {
  const named = args.flags.get('--app');
  return typeof named === 'string' ? named : DEFAULT_APP;
}

/** The add-ons of the app; those of the demonstration when no app is named and the default one has none. */
export async function addOnsOf(session: HerokuSession): Promise<AddOn[]> {
  const { addOns } = await session.state.read();
  const own = addOns.filter(({ app }) => app === appOf(session));
  const mayFallBack = own.length === 0 && !session.args.flags.has('--app');
  return mayFallBack ? addOns.filter(({ app }) => app === DEMO_APP) : own;
}

/** The one add-on that `word` means: by the service, by its own name, or, without a word, the only one. */
export async function findAddOn(session: HerokuSession, word: string | undefined): Promise<AddOn> {
  const service = session.config.heroku.addonId;
  const [wanted = service] = (word ?? service).split(':');
  const addOns = await addOnsOf(session);
  const found = addOns.filter(
    ({ name, attachment }) => wanted === service || [name, attachment].includes(wanted),
  );
  const [addOn, ...others] = found;
  if (addOn === undefined) {
    throw new HerokuError(
      `Couldn't find the add-on ${wanted} on ⬢ ${appOf(session)}. Create one: addons:create ${service}`,
    );
  }
  if (others.length > 0) {
    const names = found.map(({ name }) => name).join(', ');
    throw new HerokuError(
      `Ambiguous identifier; multiple matching add-ons found: ${names}.\n` +
        `Name one: npm run heroku -- ${commandFor(session, addOn)}`,
    );
  }
  return addOn;
}

/** The command as it was given, with the add-on named. */
function commandFor({ args }: HerokuSession, addOn: AddOn): string {
  const plans = args.words.filter((word) => word.includes(':'));
  const app = args.flags.has('--app') ? ['-a', addOn.app] : [];
  return [args.verb, addOn.name, ...plans, ...app].join(' ');
}
