import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, Forbidden, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { Models } from '#src/domain/models.ts';
import { findPlan } from '#src/domain/plans/plans.ts';
import { hasRight, type Right, type Role, rolesSql, whyRefused } from '#src/domain/roles/roles.ts';
import type { Member } from './member.ts';

interface Dependencies {
  pool: Pool;
  models: Pick<Models, 'Member'>;
  clock: Clock;
}

interface Person {
  herokuUserId: string;
  email: string;
}

interface SignedInMember {
  id: string;
  role: Role;
}

/** The plan allows no more members. `admins`: the addresses of those who can remove one. */
export interface TeamIsFull {
  plan: string;
  limit: number;
  admins: string[];
}

interface MemberChange {
  accountId: string;
  /** The member who makes the change. */
  actorId: string | null;
  /** The member that is changed. */
  memberId: string;
}

/** The people of an account. Each change locks the account's row, so that its rules hold for concurrent changes. */
export class Members {
  readonly #pool: Pool;
  readonly #models: Dependencies['models'];
  readonly #clock: Clock;

  constructor({ pool, models, clock }: Dependencies) {
    this.#pool = pool;
    this.#models = models;
    this.#clock = clock;
  }

  /** The people of the account, the latest to join first. */
  async list(accountId: string, limit: number): Promise<Member[]> {
    return this.#models.Member.findAll({ where: { accountId }, order: [['id', 'DESC']], limit });
  }

  /**
   * Records a sign-in. A new person becomes owner when the account has neither owner nor admin, else a member, or is
   * refused when the plan allows no more. A known one is always let in, and the address is refreshed; in an account
   * without an owner an admin becomes owner. Null when the account is gone.
   */
  async signIn(accountId: string, person: Person): Promise<SignedInMember | TeamIsFull | null> {
    return transaction(this.#pool, async (client) => {
      const plan = await lockAccount(client, accountId);
      if (plan === null) return null;
      const now = new Date(this.#clock.now());
      const { rows } = await client.query<SignedInMember>(SIGN_IN_KNOWN, [
        accountId,
        person.herokuUserId,
        person.email,
        now,
      ]);
      if (rows[0] !== undefined) return rows[0];
      const full = await teamIsFull(client, accountId, plan);
      if (full !== null) return full;
      const added = await client.query<SignedInMember>(SIGN_IN_NEW, [
        accountId,
        person.herokuUserId,
        person.email,
        now,
        uuidv7(now.getTime()),
      ]);
      return added.rows[0] ?? null;
    });
  }

  /** Throws Forbidden, NotFound, and Conflict for the last owner. */
  async setRole(deed: MemberChange, role: Role): Promise<void> {
    const right = role === 'owner' ? 'owners' : 'team';
    await this.#change(deed, right, async (client) => {
      if (role !== 'owner') await refuseLastOwner(client, deed);
      await client.query('update members set role = $3 where account_id = $1 and id = $2', [
        deed.accountId,
        deed.memberId,
        role,
      ]);
    });
  }

  /** Ends the person's visits with the commit. Throws Forbidden, NotFound, and Conflict for the last owner. */
  async remove(deed: MemberChange): Promise<void> {
    await this.#change(deed, 'team', async (client) => {
      await refuseLastOwner(client, deed);
      await client.query('delete from members where account_id = $1 and id = $2', [
        deed.accountId,
        deed.memberId,
      ]);
    });
  }

  /** Roles are read under the lock, so that of two owners who remove each other at once one stays. */
  async #change(
    { accountId, actorId, memberId }: MemberChange,
    right: Right,
    work: (client: PoolClient) => Promise<void>,
  ) {
    await transaction(this.#pool, async (client) => {
      await lockAccount(client, accountId);
      const roles = new Map((await rolesOf(client, accountId)).map(({ id, role }) => [id, role]));
      const actor = roles.get(actorId ?? '') ?? 'member';
      for (const needed of roles.get(memberId) === 'owner' ? ([right, 'owners'] as const) : [right]) {
        if (!hasRight(actor, needed)) throw new Forbidden(whyRefused(actor, needed));
      }
      if (!isUuid(memberId) || !roles.has(memberId))
        throw new NotFound('There is no such person in the team.');
      await work(client);
    });
  }
}

const SIGN_IN_KNOWN = `
  update members set email = $3, last_signed_in_at = $4,
    role = case when exists (select from members where account_id = $1 and role = 'owner') then role
      when role = 'admin' or not exists (select from members where account_id = $1 and role = 'admin') then 'owner'
      else role end
  where account_id = $1 and heroku_user_id = $2
  returning id, role`;

const SIGN_IN_NEW = `
  insert into members (id, account_id, heroku_user_id, email, role, last_signed_in_at)
  select $5, $1, $2, $3,
    case when exists (select from members where account_id = $1 and role in (${rolesSql('team')})) then 'member'
      else 'owner' end, $4
  returning id, role`;

/** The account's plan. Not `for update`, because that waits for every message that is being accepted. */
async function lockAccount(client: PoolClient, accountId: string): Promise<string | null> {
  const { rows } = await client.query<{ plan: string }>(
    'select plan from accounts where id = $1 for no key update',
    [accountId],
  );
  return rows[0]?.plan ?? null;
}

async function rolesOf(client: PoolClient, accountId: string): Promise<SignedInMember[]> {
  const { rows } = await client.query<SignedInMember>('select id, role from members where account_id = $1', [
    accountId,
  ]);
  return rows;
}

async function teamIsFull(client: PoolClient, accountId: string, plan: string): Promise<TeamIsFull | null> {
  const limit = findPlan(plan)?.members;
  if (limit === undefined) return null;
  const { rows } = await client.query<{ email: string; role: Role }>(
    'select email, role from members where account_id = $1 order by id',
    [accountId],
  );
  if (rows.length < limit) return null;
  const admins = rows.filter(({ role }) => hasRight(role, 'team')).map(({ email }) => email);
  return { plan, limit, admins };
}

async function refuseLastOwner(client: PoolClient, { accountId, memberId }: MemberChange): Promise<void> {
  const owners = (await rolesOf(client, accountId)).filter(({ role }) => role === 'owner');
  if (owners.length > 1 || owners[0]?.id !== memberId) return;
  throw new Conflict('An account needs an owner, and this is the only one. Make somebody else owner first.');
}
