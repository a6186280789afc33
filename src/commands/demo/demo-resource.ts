import { randomUUID } from 'node:crypto';
import { DEMO_APP } from '../heroku/apps.ts';
import { type Partner, Refused } from '../heroku/partner.ts';
import type { AddOn, StateFile } from '../heroku/state.ts';

/** Fixed, so that the same resource is found when the file that remembers it is gone. */
const FIRST_UUID = 'de300000-0000-4000-8000-000000000001';

/** The demonstration's add-on: the one that is remembered, or a new one when that was destroyed. */
export async function provisionDemo(partner: Partner, state: StateFile): Promise<AddOn> {
  const { addOns } = await state.read();
  const known = addOns.find(({ app }) => app === DEMO_APP);
  const addOn =
    (await provision(partner, known ?? newAddOn(FIRST_UUID))) ??
    (await provision(partner, newAddOn(randomUUID())));
  if (addOn === null) throw new Error('The demonstration could not be provisioned');
  if (known !== undefined && known.uuid !== addOn.uuid) await state.forget(known.uuid);
  await state.keep(addOn);
  return addOn;
}

/** Null when the resource was destroyed: its uuid never comes to life again. */
async function provision(partner: Partner, addOn: AddOn): Promise<AddOn | null> {
  try {
    const { config } = await partner.provision(addOn);
    return { ...addOn, config };
  } catch (error) {
    if (error instanceof Refused && error.status === 410) return null;
    throw error;
  }
}

function newAddOn(uuid: string): AddOn {
  return {
    uuid,
    name: 'hosted-hooks-demo-10001',
    app: DEMO_APP,
    plan: 'hobby',
    attachment: 'HOSTEDHOOKS',
    config: {},
    installedAt: new Date().toISOString(),
  };
}
