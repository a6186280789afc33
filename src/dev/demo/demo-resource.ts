import { randomUUID } from 'node:crypto';
import { DEMO_APP, DEMO_UUID } from '#src/dev/heroku-cli/apps.ts';
import { type Partner, Refused } from '#src/dev/heroku-cli/partner.ts';
import { removeAddOn } from '#src/dev/fake-heroku/add-ons.ts';
import { requireAddOn } from '#src/dev/fake-heroku/find.ts';
import type { Platform } from '#src/dev/fake-heroku/platform.ts';
import type { AddOn, World } from '#src/dev/fake-heroku/world.ts';
import { provision } from '#src/dev/heroku-cli/provision.ts';

interface Heroku {
  partner: Partner;
  platform: Platform;
}

/** Provisions the demonstration's add-on: the stored one, or a new one when the stored one was destroyed. */
export async function provisionDemo(heroku: Heroku): Promise<AddOn> {
  const known = knownDemo(await heroku.platform.read());
  const addOn =
    (await provisionAs(heroku, known ?? newAddOn(DEMO_UUID))) ??
    (await provisionAs(heroku, newAddOn(randomUUID())));
  if (addOn === null) throw new Error('The demonstration could not be provisioned');
  return addOn;
}

function knownDemo({ addOns, apps }: World): Identity | undefined {
  const app = apps.find(({ name }) => name === DEMO_APP);
  return addOns.find(({ uuid, appId }) => appId === app?.id || uuid === DEMO_UUID);
}

type Identity = Pick<AddOn, 'uuid' | 'name' | 'plan'>;

/** Null when the resource was destroyed, because its uuid cannot be provisioned again. */
async function provisionAs(heroku: Heroku, { uuid, name, plan }: Identity): Promise<AddOn | null> {
  try {
    return (await provision(heroku, { uuid, name, plan, app: DEMO_APP })).addOn;
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 410) throw error;
    await heroku.platform.alter((change) => {
      const left = change.world.addOns.some((addOn) => addOn.uuid === uuid);
      if (left) removeAddOn(change, requireAddOn(change.world, uuid));
    });
    return null;
  }
}

function newAddOn(uuid: string): Identity {
  // The largest plan, so that a load test reaches no limit.
  return { uuid, name: 'hosted-hooks-demo-10001', plan: 'scale' };
}
