import { findAddOn } from './apps.ts';
import { HerokuError, say, showProgress } from './output.ts';
import { planIn, priceOf } from './plans.ts';
import { changePlan } from '#src/dev/fake-heroku/add-ons.ts';
import { requireAddOn } from '#src/dev/fake-heroku/find.ts';
import type { HerokuSession } from './session.ts';

/** `addons:upgrade [RESOURCE] hosted-hooks:plan`, and its alias `addons:downgrade`. */
export async function addonsChangePlan(session: HerokuSession): Promise<void> {
  const { args, config, partner, platform } = session;
  const { manifestId } = config.heroku;
  const wanted = args.words.at(-1);
  if (wanted?.includes(':') !== true) {
    throw new HerokuError(`Name the plan: ${args.verb} ${manifestId}:growth`);
  }
  const plan = planIn(session, wanted);
  const { addOn, app } = await findAddOn(session, args.words.length > 1 ? args.words[0] : undefined);
  const what = `from ${manifestId}:${addOn.plan} to ${manifestId}:${plan}`;
  const { message } = await showProgress(`Changing ${addOn.name} on ⬢ ${app.name} ${what}`, async () => ({
    ...(await partner.changePlan(addOn.uuid, plan)),
    done: `done, ${priceOf(plan)}`,
  }));
  await platform.change((change) => changePlan(change, requireAddOn(change.world, addOn.uuid), plan));
  if (message !== undefined) say(message);
}
