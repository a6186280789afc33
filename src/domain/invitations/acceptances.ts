import type { Pool, PoolClient } from 'pg';
import { lockAccount, teamIsFull } from '#src/domain/accounts/team-rows.ts';
import type { Actor } from '#src/domain/audit/actor.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import { hashPassword } from '#src/domain/people/passwords.ts';
import { insertPerson } from '#src/domain/people/people-rows.ts';
import type { Person } from '#src/domain/people/person.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { findMembership, markAccepted, type OpenInvitation } from './invitation-rows.ts';
import { changeOf } from './invitations.ts';
import { addPersonToSubscription } from './subscription-people.ts';

/** What an invitation gave: a member of a team, or nothing more than the row of the subscription. */
export interface Accepted {
  person: Person;
  memberId: string | null;
}

/** Accepting invitations. The link in the mail proves the address. */
export class Acceptances {
  readonly #pool: Pool;
  readonly #clock: Clock;

  constructor({ pool, clock }: { pool: Pool; clock: Clock }) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /** Throws Conflict when it was accepted or ended meanwhile, and when the team is full. */
  async accept(invitation: OpenInvitation, person: Person): Promise<Accepted> {
    return transaction(this.#pool, (client) => this.#accept(client, invitation, person));
  }

  /** As a new person with the address that was invited. Throws Conflict as {@link accept}, and for a known address. */
  async acceptAsNew(invitation: OpenInvitation, password: string): Promise<Accepted> {
    const passwordHash = await hashPassword(password);
    const now = new Date(this.#clock.now());
    return transaction(this.#pool, async (client) => {
      const person = { id: uuidv7(now.getTime()), email: invitation.email, passwordHash };
      if (!(await insertPerson(client, person, now))) {
        throw new Conflict('Somebody is signed up with this address. Sign in, then accept the invitation.');
      }
      return this.#accept(client, invitation, person);
    });
  }

  async #accept(client: PoolClient, invitation: OpenInvitation, person: Person): Promise<Accepted> {
    const now = new Date(this.#clock.now());
    if (!(await markAccepted(client, invitation.id, { personId: person.id, now }))) {
      throw new Conflict('This invitation was accepted or taken back meanwhile.');
    }
    const memberId = await this.#join(client, invitation, { person, now });
    const actor: Actor =
      memberId === null
        ? { type: 'portal', id: invitation.subscriptionId, email: person.email }
        : { type: 'person', id: memberId, email: person.email };
    await recordChange(
      { db: client, clock: this.#clock, actor },
      { ...changeOf(invitation), action: 'invitation.accepted' },
    );
    return { person: { id: person.id, email: person.email }, memberId };
  }

  async #join(
    client: PoolClient,
    { accountId, appId, subscriptionId, role }: OpenInvitation,
    { person, now }: { person: Person; now: Date },
  ): Promise<string | null> {
    const personId = person.id;
    if (appId !== null && subscriptionId !== null) {
      await addPersonToSubscription(client, { accountId, appId, subscriptionId }, { personId, now });
      return null;
    }
    const plan = await lockAccount(client, accountId);
    const known = await findMembership(client, accountId, personId);
    if (known !== null) return known.id;
    if (plan !== null && (await teamIsFull(client, accountId, plan)) !== null) {
      throw new Conflict('The team is full. Ask whoever invited you to make room.');
    }
    const id = uuidv7(now.getTime());
    await client.query(
      `insert into members (id, account_id, person_id, email, role, created_at, last_signed_in_at)
       values ($1, $2, $3, $4, $5, $6, $6)`,
      [id, accountId, personId, person.email, role, now],
    );
    await recordChange(
      { db: client, clock: this.#clock, actor: { type: 'person', id, email: person.email } },
      {
        accountId,
        action: 'member.joined',
        object: { type: 'member', id, name: person.email },
        details: { role },
      },
    );
    return id;
  }
}
