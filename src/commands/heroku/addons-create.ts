import { randomInt, randomUUID } from 'node:crypto';
import { appOf } from './apps.ts';
import { HerokuError, say, showProgress } from './output.ts';
import { planIn, priceOf } from './plans.ts';
import type { HerokuSession } from './session.ts';
import type { AddOn } from './state.ts';

const SHAPES = ['round', 'cubic', 'curved', 'flat', 'angular', 'spherical', 'oval', 'conical'];
const COLORS = ['AMBER', 'BLUE', 'CYAN', 'GREEN', 'ONYX', 'PINK', 'RED', 'WHITE'];

/** `addons:create hosted-hooks[:plan] [--as NAME] [--name NAME] [-- --option value]` */
export async function addonsCreate(session: HerokuSession): Promise<void> {
  const { args, config, partner, state } = session;
  const [word] = args.words;
  if (word === undefined) {
    throw new HerokuError(`Name the add-on service: npm run heroku -- ${args.verb} ${config.heroku.addonId}`);
  }
  const plan = planIn(session, word);
  const app = appOf(session);
  const uuid = randomUUID();
  const given = args.flags.get('--name');
  const name = typeof given === 'string' ? given : randomName(config.heroku.addonId);
  const attachment = await attachmentName(session, app);

  const answer = await showProgress(`Creating ${word} on ⬢ ${app}`, async () => ({
    ...(await partner.provision({ uuid, name, plan, options: args.options })),
    done: priceOf(plan),
  }));
  const vars = Object.entries(answer.config).map(([key, value]) => {
    return [key.replace(prefixOf(session), attachment), value] as const;
  });
  const addOn: AddOn = {
    uuid,
    name,
    app,
    plan,
    attachment,
    config: Object.fromEntries(vars),
    installedAt: new Date().toISOString(),
  };
  await state.keep(addOn);

  if (answer.message !== undefined) say(answer.message);
  say(`Created ${name} as ${vars.map(([key]) => key).join(', ')}`);
  say(`Run heroku addons:docs ${config.heroku.addonId} to view documentation.`);
}

/** As on Heroku: the service's own prefix, and a colour after it for the second add-on of an app. */
async function attachmentName(session: HerokuSession, app: string): Promise<string> {
  const { addOns } = await session.state.read();
  const taken = addOns.filter((addOn) => addOn.app === app).map(({ attachment }) => attachment);
  const wanted = session.args.flags.get('--as');
  if (typeof wanted === 'string' && taken.includes(wanted)) {
    throw new HerokuError(`An add-on is already attached to ⬢ ${app} as ${wanted}.`);
  }
  const prefix = prefixOf(session);
  const names = [prefix, ...COLORS.map((color) => `${prefix}_${color}`)];
  const name = typeof wanted === 'string' ? wanted : names.find((candidate) => !taken.includes(candidate));
  if (name === undefined) throw new HerokuError('Every attachment name is taken: choose one with --as NAME.');
  return name;
}

function prefixOf({ config }: HerokuSession): string {
  return config.heroku.configVar.replace(/_API_KEY$/, '');
}

function randomName(service: string): string {
  return `${service}-${SHAPES[randomInt(SHAPES.length)] ?? 'round'}-${String(randomInt(10_000, 100_000))}`;
}
