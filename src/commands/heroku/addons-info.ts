import { findAddOn } from './apps.ts';
import { say } from './output.ts';
import { monthlyPriceOf, priceOf } from './plans.ts';
import type { HerokuSession } from './session.ts';

/** `addons:info [RESOURCE]` */
export async function addonsInfo(session: HerokuSession): Promise<void> {
  const addOn = await findAddOn(session, session.args.words[0]);
  say(`=== ${addOn.name}`);
  const lines = {
    Plan: `${session.config.heroku.addonId}:${addOn.plan}`,
    Price: priceOf(addOn.plan),
    'Max Price': monthlyPriceOf(addOn.plan),
    Attachments: `${addOn.app}::${addOn.attachment}`,
    'Owning app': addOn.app,
    'Installed at': addOn.installedAt,
    State: 'created',
  };
  for (const [label, value] of Object.entries(lines)) say(`${`${label}:`.padEnd(14)}${value}`);
}
