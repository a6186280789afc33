import type { Pool, PoolClient } from 'pg';
import { recordChange } from '#src/domain/audit/record-change.ts';
import type { Mailer } from '#src/domain/mail/mailer.ts';
import { hasRight, whyRefused } from '#src/domain/roles/roles.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, Forbidden } from '#src/infra/lib/errors.ts';
import type { SendJob } from '#src/infra/queue/jobs.ts';
import { enqueuePurge } from './purge.ts';
import { endInvitations, silenceAccount } from './silence-account.ts';
import { lockAccount, teamOf, type Teammate } from './team-rows.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  mailer: Pick<Mailer, 'enqueue'>;
  sendJob: SendJob;
  apiKeys: { invalidate: (accountId: string) => void };
  baseUrl: string;
}

/** The end of an account without Heroku. One of Heroku's ends with its add-on. */
export class AccountDeletion {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * Keys, sessions and routing end with the commit, which also queues the purge of all data; the team,
   * the one who did it included, is told by mail. Throws Forbidden for a member `actorId` who may not, and Conflict for
   * an account of Heroku's.
   */
  async delete(accountId: string, actorId: string | null): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      await endInvitations(client, accountId);
      await lockAccount(client, accountId);
      const actor = (await teamOf(client, accountId)).find(({ id }) => id === actorId);
      const role = actor?.role ?? 'viewer';
      if (actor === undefined || !hasRight(role, 'end')) throw new Forbidden(whyRefused(role, 'end'));
      await this.end(client, accountId, actor);
    });
    this.forget(accountId);
  }

  /** As {@link delete}, in a transaction that has checked who does it; {@link forget} follows its commit. */
  async end(client: PoolClient, accountId: string, actor: Teammate): Promise<void> {
    const { baseUrl, clock, mailer, sendJob } = this.#deps;
    const { rows } = await client.query<{ name: string; isOfHeroku: boolean }>(
      `select name, exists (select from heroku_resources where account_id = accounts.id) as "isOfHeroku"
       from accounts where id = $1`,
      [accountId],
    );
    const [account] = rows;
    if (account === undefined) return;
    if (account.isOfHeroku) throw new Conflict('This account ends with its add-on: remove that at Heroku.');
    const { name } = account;
    const team = await teamOf(client, accountId);
    const object = { type: 'account', id: accountId, name };
    const by = { type: 'person', id: actor.id, email: actor.email } as const;
    await recordChange({ db: client, clock, actor: by }, { accountId, action: 'account.deleted', object });
    await silenceAccount(client, accountId);
    await enqueuePurge(sendJob, { accountId, resourceId: null, deletedBy: actor.personId }, client);
    await mailer.enqueue(client, {
      // Not the account's, because those are purged with it.
      accountId: null,
      to: team.map(({ email: address }) => ({ address, why: 'you were in its team' })),
      template: 'account-deleted',
      data: {
        accountName: name,
        deletedBy: actor.email,
        deletedAt: new Date(clock.now()),
        passwordUrl: `${baseUrl}/password`,
      },
    });
  }

  /** Processes that let its keys in have them no more. */
  forget(accountId: string): void {
    this.#deps.apiKeys.invalidate(accountId);
  }
}
