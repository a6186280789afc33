import { stateOf } from './addons-info.ts';
import { appNameOf, attachedTo } from './apps.ts';
import { say } from './output.ts';
import { monthlyPriceOf, priceOf } from './plans.ts';
import { attachmentsOf, requireApp } from '#src/dev/fake-heroku/find.ts';
import type { HerokuSession } from './session.ts';
import { showTable } from './table.ts';

/** `addons`: the add-ons of the app with all their attachments. */
export async function addonsList(session: HerokuSession): Promise<void> {
  const world = await session.platform.read();
  const attached = attachedTo(session, world);
  const [first] = attached;
  if (first === undefined) {
    say(`No add-ons for app ${appNameOf(session, world)}.`);
    return;
  }
  const { app } = first;
  const addOns = [...new Map(attached.map(({ addOn }) => [addOn.uuid, addOn])).values()];
  showTable(
    addOns.flatMap((addOn) => {
      const owner = requireApp(world, addOn.appId);
      const billed = owner.id === app.id ? undefined : `(billed to ⬢ ${owner.name} app)`;
      const row = {
        'Add-on': `${session.config.heroku.manifestId} (${addOn.name})`,
        Plan: addOn.plan,
        Price: billed ?? priceOf(addOn.plan),
        'Max Price': billed ?? monthlyPriceOf(addOn.plan),
        State: stateOf(addOn),
      };
      const attachments = attachmentsOf(world, addOn);
      const rows = attachments.map(({ appId, name }, index) => {
        const mark = index === attachments.length - 1 ? '└─' : '├─';
        const where = appId === app.id ? '' : ` on ⬢ ${requireApp(world, appId).name} app`;
        return { 'Add-on': ` ${mark} as ${name}${where}` };
      });
      return [row, ...rows];
    }),
  );
  say(
    `\nThe table above shows add-ons and the attachments to the current app (⬢ ${app.name}) or other apps.`,
  );
}
