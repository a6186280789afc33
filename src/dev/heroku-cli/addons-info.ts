import { findAddOn } from './apps.ts';
import { say } from './output.ts';
import { monthlyPriceOf, priceOf } from './plans.ts';
import { attachmentsOf, requireApp } from '#src/dev/fake-heroku/find.ts';
import type { AddOn } from '#src/dev/fake-heroku/world.ts';
import type { HerokuSession } from './session.ts';

const STATES: Record<AddOn['state'], string> = {
  provisioned: 'created',
  provisioning: 'creating',
  deprovisioned: 'errored',
};

/** `addons:info [RESOURCE]` */
export async function addonsInfo(session: HerokuSession): Promise<void> {
  const { addOn } = await findAddOn(session, session.args.words[0]);
  const world = await session.platform.read();
  const attachments = attachmentsOf(world, addOn).map(
    ({ appId, name }) => `${requireApp(world, appId).name}::${name}`,
  );
  say(`=== ${addOn.name}`);
  const lines = {
    Plan: `${session.config.heroku.manifestId}:${addOn.plan}`,
    Price: priceOf(addOn.plan),
    'Max Price': monthlyPriceOf(addOn.plan),
    Attachments: attachments.sort().join('\n'.padEnd(15)),
    'Owning app': requireApp(world, addOn.appId).name,
    'Installed at': addOn.installedAt,
    State: stateOf(addOn),
  };
  for (const [label, value] of Object.entries(lines)) say(`${`${label}:`.padEnd(14)}${value}`);
}

/** The state in the words of the real CLI. */
export function stateOf({ state }: AddOn): string {
  return STATES[state];
}
