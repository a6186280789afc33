import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import { type Change, recordChange } from '#src/domain/audit/record-change.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, Forbidden, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Models } from '#src/domain/models.ts';
import { hasRight, type Right, type Role, whyRefused } from '#src/domain/roles/roles.ts';
import type { Member } from './member.ts';
import {
  lockAccount,
  SIGN_IN_KNOWN,
  SIGN_IN_NEW,
  type TeamIsFull,
  teamIsFull,
  type Teammate,
  teamOf,
} from './team-rows.ts';

export type { TeamIsFull } from './team-rows.ts';

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

interface MemberChange {
  accountId: string;
  /** The member who makes the change. */
  actorId: string | null;
  /** The role that counts where no member makes the change: an API key's. */
  actsAs?: Role;
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

  async page(accountId: string, paging: Paging): Promise<Member[]> {
    return findNewestFirst({ model: this.#models.Member, where: { accountId } }, paging);
  }

  /** Throws NotFound. */
  async get(accountId: string, memberId: string): Promise<Member> {
    const where = { accountId, id: memberId };
    const member = isUuid(memberId) ? await this.#models.Member.findOne({ where }) : null;
    if (member === null) throw new NotFound('There is no such person in the team.');
    return member;
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
      const [member] = added.rows;
      if (member === undefined) return null;
      const { id, role } = member;
      const { email } = person;
      await recordChange(
        { db: client, clock: this.#clock, actor: { type: 'person', id, email } },
        {
          accountId,
          action: 'member.joined',
          object: { type: 'member', id, name: email },
          details: { role },
        },
      );
      return member;
    });
  }

  /** Throws Forbidden, NotFound, and Conflict for the last owner. */
  async setRole(deed: MemberChange, role: Role): Promise<void> {
    const right = role === 'owner' ? 'owners' : 'team';
    await this.#change(deed, right, async (client, member) => {
      if (role !== 'owner') await refuseLastOwner(client, deed);
      await client.query('update members set role = $3 where account_id = $1 and id = $2', [
        deed.accountId,
        deed.memberId,
        role,
      ]);
      if (role === member.role) return;
      const { accountId } = deed;
      await this.#record(client, member, {
        accountId,
        action: 'member.role_changed',
        details: { from: member.role, to: role },
      });
    });
  }

  /** Ends the person's visits with the commit. Throws Forbidden, NotFound, and Conflict for the last owner. */
  async remove(deed: MemberChange): Promise<void> {
    await this.#change(deed, 'team', async (client, member) => {
      await refuseLastOwner(client, deed);
      await client.query('delete from members where account_id = $1 and id = $2', [
        deed.accountId,
        deed.memberId,
      ]);
      const { accountId } = deed;
      await this.#record(client, member, {
        accountId,
        action: 'member.removed',
        details: { role: member.role },
      });
    });
  }

  /** Roles are read under the lock, so that of two owners who remove each other at once one stays. */
  async #change(
    { accountId, actorId, actsAs, memberId }: MemberChange,
    right: Right,
    work: (client: PoolClient, member: Teammate) => Promise<void>,
  ) {
    await transaction(this.#pool, async (client) => {
      await lockAccount(client, accountId);
      const team = new Map((await teamOf(client, accountId)).map((one) => [one.id, one]));
      const actor = actsAs ?? team.get(actorId ?? '')?.role ?? 'member';
      const member = team.get(memberId);
      for (const needed of member?.role === 'owner' ? ([right, 'owners'] as const) : [right]) {
        if (!hasRight(actor, needed)) throw new Forbidden(whyRefused(actor, needed));
      }
      if (member === undefined) throw new NotFound('There is no such person in the team.');
      await work(client, member);
    });
  }

  async #record(
    db: PoolClient,
    { id, email }: Teammate,
    deed: Pick<Change, 'accountId' | 'action' | 'details'>,
  ): Promise<void> {
    const object = { type: 'member', id, name: email };
    await recordChange({ db, clock: this.#clock }, { ...deed, object });
  }
}

async function refuseLastOwner(client: PoolClient, { accountId, memberId }: MemberChange): Promise<void> {
  const owners = (await teamOf(client, accountId)).filter(({ role }) => role === 'owner');
  if (owners.length > 1 || owners[0]?.id !== memberId) return;
  throw new Conflict('An account needs an owner, and this is the only one. Make somebody else owner first.');
}
