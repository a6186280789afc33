import type { OptionValue } from './arguments.ts';
import type { Partner } from './partner.ts';
import { addAddOn, configure, removeAddOn, setState } from '#src/dev/fake-heroku/add-ons.ts';
import { ensureApp } from '#src/dev/fake-heroku/apps.ts';
import { findAddOn, requireAddOn } from '#src/dev/fake-heroku/find.ts';
import { createGrant } from '#src/dev/fake-heroku/grants.ts';
import type { Platform } from '#src/dev/fake-heroku/platform.ts';
import { type AddOn, ME } from '#src/dev/fake-heroku/world.ts';

interface NewAddOn {
  uuid: string;
  name: string;
  plan: string;
  /** The app's name. */
  app: string;
  as?: string | undefined;
  options?: Record<string, OptionValue>;
}

interface Provisioned {
  addOn: AddOn;
  message: string | undefined;
}

/**
 * Provisions an add-on in Heroku's order: adds it with a grant, asks the provider, and removes it when the provider
 * refuses. An existing add-on is provisioned again.
 */
export async function provision(
  { partner, platform }: { partner: Partner; platform: Platform },
  wanted: NewAddOn,
): Promise<Provisioned> {
  const { uuid, name, plan, options } = wanted;
  const { isNew, grant, platformUrl } = await platform.alter((change) => {
    const known = findAddOn(change.world, uuid);
    const addOn = known ?? addAddOn(change, { ...wanted, app: ensureApp(change, wanted.app) });
    const url = change.world.platformUrl;
    // Without a Platform API no grant can be exchanged.
    return {
      isNew: known === undefined,
      platformUrl: url,
      grant: url === null ? null : createGrant(change, addOn),
    };
  }, ME.email);
  try {
    const answer = await partner.provision({ uuid, name, plan, options: options ?? {}, platformUrl, grant });
    const addOn = await platform.change((change) => {
      const created = requireAddOn(change.world, uuid);
      configure(change, created, answer.config);
      if (created.state !== 'provisioned') setState(change, created, 'provisioned');
      return created;
    });
    return { addOn, message: answer.message };
  } catch (error) {
    if (isNew) await platform.alter((change) => removeAddOn(change, requireAddOn(change.world, uuid)));
    throw error;
  }
}
