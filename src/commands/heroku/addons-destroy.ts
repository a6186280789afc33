import { findAddOn } from './apps.ts';
import { HerokuError, showProgress } from './output.ts';
import { Refused } from './partner.ts';
import type { HerokuSession } from './session.ts';

/** `addons:destroy [RESOURCE] [--confirm APP]` */
export async function addonsDestroy(session: HerokuSession): Promise<void> {
  const { args, partner, state } = session;
  const addOn = await findAddOn(session, args.words[0]);
  const confirmed = args.flags.get('--confirm');
  if (confirmed !== undefined && confirmed !== addOn.app) {
    throw new HerokuError(`Confirmation ${String(confirmed)} did not match ${addOn.app}. Aborted.`);
  }
  await showProgress(`Destroying ${addOn.name} on ⬢ ${addOn.app}`, async () => {
    await partner.deprovision(addOn.uuid).catch(acceptGone);
    return { done: 'done' };
  });
  await state.forget(addOn.uuid);
}

/** To Heroku, a resource that the provider says is gone was removed. */
function acceptGone(error: unknown): void {
  if (!(error instanceof Refused) || error.status !== 410) throw error;
}
