import type { BrowserContextOptions } from 'playwright-core';
import { findPersonByEmail } from '#src/domain/people/people-rows.ts';
import { peopleAt } from '#test/support/people.ts';
import type { TestServer } from '#test/support/server.ts';
import { ATTACK } from './attack.ts';
import type { Seeded } from './seed.ts';

interface SeededPerson {
  storageState: Exclude<BrowserContextOptions['storageState'], string | undefined>;
  paths: Record<string, string>;
}

/** Somebody who signed up without Heroku, looks after the endpoints of a subscriber, and is invited into a team. */
export async function seedPerson(server: TestServer, { accountId }: Seeded): Promise<SeededPerson> {
  const { apps, invitations, pool, subscriptions } = server.container;
  const { linkTo, newPerson } = peopleAt(server);
  const { browser, email } = await newPerson();
  const person = await findPersonByEmail(pool, email);
  const app = await apps.create(accountId, { name: ATTACK });
  const { id } = await subscriptions.create(app, { name: ATTACK });
  await pool.query(
    `insert into subscription_people (account_id, app_id, subscription_id, person_id, created_at)
     values ($1, $2, $3, $4, now())`,
    [accountId, app.id, id, person?.id],
  );
  await invitations.inviteToTeam(accountId, { email, role: 'viewer' });
  const cookies = browser.cookie.split('; ').map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    const { hostname: domain } = new URL(server.url);
    return {
      name,
      value,
      domain,
      path: '/',
      expires: -1,
      httpOnly: true,
      secure: false,
      sameSite: 'Lax' as const,
    };
  });
  return {
    storageState: { cookies, origins: [] },
    paths: {
      you: '/you',
      security: '/you/security',
      'second-step': '/you/security/second_step',
      'delete-yourself': '/you/delete',
      deleted: '/you/deleted',
      invitation: await linkTo(email),
      'settings-without-heroku': '/settings/account',
    },
  };
}
