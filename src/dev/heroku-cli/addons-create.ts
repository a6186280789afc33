import { randomInt, randomUUID } from 'node:crypto';
import { appNameOf } from './apps.ts';
import { HerokuError, say, showProgress } from './output.ts';
import { planIn, priceOf } from './plans.ts';
import { requireApp } from '#src/dev/fake-heroku/find.ts';
import { configUnder } from '#src/dev/fake-heroku/present.ts';
import { provision } from './provision.ts';
import type { HerokuSession } from './session.ts';

const SHAPES = ['round', 'cubic', 'curved', 'flat', 'angular', 'spherical', 'oval', 'conical'];

/** `addons:create hosted-hooks[:plan] [--as NAME] [--name NAME] [-- --option value]` */
export async function addonsCreate(session: HerokuSession): Promise<void> {
  const { args, config, platform } = session;
  const [word] = args.words;
  if (word === undefined) {
    throw new HerokuError(
      `Name the add-on service: npm run heroku -- ${args.verb} ${config.heroku.manifestId}`,
    );
  }
  const plan = planIn(session, word);
  const app = appNameOf(session, await platform.read());
  const uuid = randomUUID();
  const name = textFlag(session, '--name') ?? randomName(config.heroku.manifestId);
  const as = textFlag(session, '--as');

  const { addOn, message } = await showProgress(`Creating ${word} on ⬢ ${app}`, async () => ({
    ...(await provision(session, { uuid, name, plan, app, as, options: args.options })),
    done: priceOf(plan),
  }));
  const world = await platform.read();
  const { id } = requireApp(world, app);
  const attachment = world.attachments.find(({ addOnId, appId }) => addOnId === uuid && appId === id);
  const vars = Object.keys(configUnder(attachment?.name ?? '', addOn));

  if (message !== undefined) say(message);
  say(`Created ${name} as ${vars.join(', ')}`);
  say(`Run heroku addons:docs ${config.heroku.manifestId} to view documentation.`);
}

function textFlag({ args }: HerokuSession, name: string): string | undefined {
  const value = args.flags.get(name);
  return typeof value === 'string' ? value : undefined;
}

function randomName(service: string): string {
  return `${service}-${SHAPES[randomInt(SHAPES.length)] ?? 'round'}-${String(randomInt(10_000, 100_000))}`;
}
