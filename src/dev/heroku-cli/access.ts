import { appOf } from './apps.ts';
import { HerokuError, showProgress } from './output.ts';
import { peopleOf } from '#src/dev/fake-heroku/people.ts';
import type { HerokuSession } from './session.ts';
import { showTable } from './table.ts';

/** `access`: the people who may open the add-ons of the app. */
export async function access(session: HerokuSession): Promise<void> {
  const world = await session.platform.read();
  const people = peopleOf(world, appOf(session, world));
  const rows = people.map(({ email, role }) => ({ Email: email, Role: role }));
  showTable(rows.sort((one, other) => (one.Email < other.Email ? -1 : 1)));
}

/** `access:add EMAIL` */
export async function accessAdd(session: HerokuSession): Promise<void> {
  const { platform } = session;
  const { email, app } = await whoAndWhere(session);
  await showProgress(`Adding ${email} access to the app ⬢ ${app}`, async () => {
    await platform.addCollaborator(app, email);
    return { done: 'done' };
  });
}

/** `access:remove EMAIL` */
export async function accessRemove(session: HerokuSession): Promise<void> {
  const { platform } = session;
  const { email, app } = await whoAndWhere(session);
  await showProgress(`Removing ${email} access from the app ⬢ ${app}`, async () => {
    await platform.removeCollaborator(app, email);
    return { done: 'done' };
  });
}

async function whoAndWhere(session: HerokuSession): Promise<{ email: string; app: string }> {
  const [email] = session.args.words;
  if (email === undefined) throw new HerokuError(`Name the person: ${session.args.verb} ada@example.com`);
  return { email, app: appOf(session, await session.platform.read()).name };
}
