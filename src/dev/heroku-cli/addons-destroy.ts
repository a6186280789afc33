import { findAddOn } from './apps.ts';
import { HerokuError, showProgress } from './output.ts';
import { Refused } from './partner.ts';
import { removeAddOn } from '#src/dev/fake-heroku/add-ons.ts';
import type { HerokuSession } from './session.ts';

/** `addons:destroy [RESOURCE] [--confirm APP]` */
export async function addonsDestroy(session: HerokuSession): Promise<void> {
  const { args, partner, platform } = session;
  const { addOn, app } = await findAddOn(session, args.words[0]);
  const confirmed = args.flags.get('--confirm');
  if (confirmed !== undefined && confirmed !== app.name) {
    throw new HerokuError(`Confirmation ${String(confirmed)} did not match ${app.name}. Aborted.`);
  }
  await showProgress(`Destroying ${addOn.name} on ⬢ ${app.name}`, async () => {
    await partner.deprovision(addOn.uuid).catch(acceptGone);
    return { done: 'done' };
  });
  await platform.change((change) => removeAddOn(change, addOn));
}

/** Ignores a 410 of the provider: the resource counts as removed, as at Heroku. */
function acceptGone(error: unknown): void {
  if (!(error instanceof Refused) || error.status !== 410) throw error;
}
