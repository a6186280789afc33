import type { Pool, PoolClient } from 'pg';
import type { AccountDeletion } from '#src/domain/accounts/account-deletion.ts';
import { endInvitations } from '#src/domain/accounts/silence-account.ts';
import { lockAccount, teamOf } from '#src/domain/accounts/team-rows.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import type { Mailer } from '#src/domain/mail/mailer.ts';
import { endSessionsOfPerson } from '#src/domain/visits/session-people.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict } from '#src/infra/lib/errors.ts';
import { isPassword } from './passwords.ts';
import { findPersonById } from './people-rows.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  mailer: Pick<Mailer, 'enqueue'>;
  accountDeletion: AccountDeletion;
  baseUrl: string;
}

/** What becomes of an account when one of its people is deleted. */
export type Fate =
  /** The others go on without the person; so does one of Heroku's, where the next to come from there becomes owner. */
  | 'left'
  /** Nobody else is in it. */
  | 'deleted'
  /** Others are in it, and none of them is owner: the person has to choose one, or delete it. */
  | 'needs_owner';

export interface AccountOfPerson {
  accountId: string;
  memberId: string;
  name: string;
  role: string;
  fate: Fate;
}

/** The end of a person of ours: sessions, memberships, and the accounts that are theirs alone. */
export class PersonDeletion {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** The person's accounts, and what becomes of each. */
  async foresee(personId: string): Promise<AccountOfPerson[]> {
    return accountsOf(this.#deps.pool, personId);
  }

  /**
   * False when the password is not theirs. Throws Conflict where an account would be left without an owner, or one
   * would be deleted that is not in `foreseen`: ids of the accounts that the person agreed to delete.
   */
  async delete(
    personId: string,
    { password, foreseen }: { password: string; foreseen: readonly string[] },
  ): Promise<boolean> {
    const { accountDeletion, baseUrl, mailer, pool } = this.#deps;
    const person = await findPersonById(pool, personId);
    if (person === null || !(await isPassword(password, person.passwordHash))) return false;
    const ended = await transaction(pool, async (client) => {
      for (const { accountId, fate } of await accountsOf(client, personId)) {
        if (fate === 'deleted') await endInvitations(client, accountId);
        await lockAccount(client, accountId);
      }
      const { rows } = await client.query<{ id: string }>('select id from people where id = $1 for update', [
        personId,
      ]);
      if (rows.length === 0) return [];
      const accounts = await accountsOf(client, personId);
      refuseOwnerless(accounts);
      refuseUnforeseen(accounts, foreseen);
      for (const account of accounts) await this.#leave(client, account);
      await endSessionsOfPerson(client, personId);
      await client.query('delete from sign_ups where email = $1', [person.email]);
      await client.query('delete from people where id = $1', [personId]);
      const data = { signUpUrl: `${baseUrl}/sign_up` };
      const to = [{ address: person.email, why: 'it was your address here' }];
      await mailer.enqueue(client, { accountId: null, to, template: 'person-deleted', data });
      return accounts.filter(({ fate }) => fate === 'deleted');
    });
    for (const { accountId } of ended) accountDeletion.forget(accountId);
    return true;
  }

  async #leave(client: PoolClient, { accountId, memberId, fate }: AccountOfPerson): Promise<void> {
    const member = (await teamOf(client, accountId)).find(({ id }) => id === memberId);
    if (member === undefined) return;
    if (fate === 'deleted') {
      await this.#deps.accountDeletion.end(client, accountId, member);
      return;
    }
    const { id, email, role } = member;
    const object = { type: 'member', id, name: email };
    await recordChange(
      { db: client, clock: this.#deps.clock, actor: { type: 'person', id, email } },
      { accountId, action: 'member.removed', object, details: { role } },
    );
  }
}

/** In the order in which they are locked. */
async function accountsOf(
  db: Pick<Pool, 'query'> | PoolClient,
  personId: string,
): Promise<AccountOfPerson[]> {
  const { rows } = await db.query<AccountOfPerson>(ACCOUNTS, [personId]);
  return rows;
}

const OTHERS = `select from members other where other.account_id = own.account_id and other.id <> own.id`;
const ACCOUNTS = `
  select own.account_id as "accountId", own.id as "memberId", accounts.name, own.role,
    case
      when exists (select from heroku_resources where heroku_resources.account_id = own.account_id) then 'left'
      when not exists (${OTHERS}) then 'deleted'
      when own.role = 'owner' and not exists (${OTHERS} and other.role = 'owner') then 'needs_owner'
      else 'left' end as fate
  from members own join accounts on accounts.id = own.account_id
  where own.person_id = $1 order by own.account_id`;

function refuseOwnerless(accounts: AccountOfPerson[]): void {
  const names = accounts.flatMap(({ fate, name }) => (fate === 'needs_owner' ? [name] : []));
  if (names.length === 0) return;
  throw new Conflict(
    `You are the only owner of ${new Intl.ListFormat('en-GB').format(names)}. ` +
      'Make somebody else owner there first, or delete it.',
  );
}

function refuseUnforeseen(accounts: AccountOfPerson[], foreseen: readonly string[]): void {
  const names = accounts.flatMap(({ accountId, fate, name }) =>
    fate === 'deleted' && !foreseen.includes(accountId) ? [name] : [],
  );
  if (names.length === 0) return;
  throw new Conflict(
    `Nobody but you is in ${new Intl.ListFormat('en-GB').format(names)} now: that would be deleted with you. ` +
      'Look again at what becomes of what is yours, then confirm.',
  );
}
