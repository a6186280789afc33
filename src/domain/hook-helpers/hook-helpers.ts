import type { Pool } from 'pg';
import type { Sequelize, Transaction } from 'sequelize';
import { type Change, recordChange } from '#src/domain/audit/record-change.ts';
import { changeRow } from '#src/infra/database/change-row.ts';
import { clientOf } from '#src/infra/database/client-of.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { omitUndefined } from '#src/infra/lib/omit-undefined.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Models } from '#src/domain/models.ts';
import { withinRoom } from '#src/domain/quotas/plan-room.ts';
import type { HookHelper } from './hook-helper.ts';
import { FIRST_ANSWER, type HelperAnswer } from './answer.ts';
import { newToken } from './new-token.ts';
import {
  type Arrival,
  deleteRequests,
  insertRequest,
  type ReceivedRequest,
  selectRequest,
  selectRequests,
  selectWithHeader,
} from './received-requests.ts';

interface Dependencies {
  models: Models;
  pool: Pool;
  clock: Clock;
  sequelize: Sequelize;
}

/** Fields that are undefined stay as they are. */
export interface HookHelperChanges {
  label?: string | undefined;
  endpointId?: string | null | undefined;
  answer?: HelperAnswer | null | undefined;
}

const TOKEN_IN_URL = /\/r\/([A-Za-z0-9_-]{20})/;

const failuresOf = (answer: HelperAnswer | null) => answer?.fail_first ?? 0;

/** The Hook Helpers of an account and the requests that they received. */
export class HookHelpers {
  readonly #models: Models;
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #sequelize: Sequelize;

  constructor({ models, pool, clock, sequelize }: Dependencies) {
    this.#models = models;
    this.#pool = pool;
    this.#clock = clock;
    this.#sequelize = sequelize;
  }

  async list(accountId: string, paging: Paging): Promise<HookHelper[]> {
    return findNewestFirst({ model: this.#models.HookHelper, where: { accountId } }, paging);
  }

  /** Throws NotFound, also for another account's Hook Helper. */
  async get(accountId: string, id: string): Promise<HookHelper> {
    const helper = isUuid(id) ? await this.#models.HookHelper.findOne({ where: { accountId, id } }) : null;
    if (helper === null) throw new NotFound(`There is no Hook Helper ${id}.`);
    return helper;
  }

  async findByToken(token: string): Promise<HookHelper | null> {
    return this.#models.HookHelper.findOne({ where: { token } });
  }

  /** The account's Hook Helper that a URL leads to; null: it leads to none. */
  async ofUrl({ accountId, url }: { accountId: string; url: string }): Promise<HookHelper | null> {
    const token = TOKEN_IN_URL.exec(url)?.[1];
    const helper = token === undefined ? null : await this.findByToken(token);
    return helper?.accountId === accountId ? helper : null;
  }

  /** Throws PaymentRequired when the plan has no room. */
  async create(
    accountId: string,
    { label, answer = null }: { label: string; answer?: HelperAnswer | null | undefined },
  ): Promise<HookHelper> {
    const id = uuidv7(this.#clock.now());
    const helper = { id, accountId, label, token: newToken(), answer, failuresLeft: failuresOf(answer) };
    return withinRoom(this.#sequelize, { accountId, of: 'hookHelpers' }, async (transaction) => {
      const made = await this.#models.HookHelper.create(helper, { transaction });
      await this.#record(transaction, made, { action: 'hook_helper.created' });
      return made;
    });
  }

  /** An answer is replaced as a whole, and the requests that it is for are counted anew. */
  async update(helper: HookHelper, changes: HookHelperChanges): Promise<HookHelper> {
    const { answer } = changes;
    const counted = answer === undefined ? {} : { failuresLeft: failuresOf(answer) };
    return this.#sequelize.transaction(async (transaction) => {
      const values = omitUndefined({ ...changes, ...counted });
      const changed = await changeRow(helper, values, transaction);
      if (changed.length > 0)
        await this.#record(transaction, helper, { action: 'hook_helper.updated', details: { changed } });
      return helper;
    });
  }

  async delete(helper: HookHelper): Promise<void> {
    await this.#sequelize.transaction(async (transaction) => {
      await helper.destroy({ transaction });
      await this.#record(transaction, helper, { action: 'hook_helper.deleted' });
    });
  }

  async #record(
    db: Transaction,
    helper: HookHelper,
    deed: Pick<Change, 'action' | 'details'>,
  ): Promise<void> {
    const { accountId, id, label: name } = helper;
    const object = { type: 'hook_helper', id, name };
    await recordChange({ db, clock: this.#clock }, { ...deed, accountId, object });
  }

  /** What the next request is answered. Counts it, where the answer is for the first ones only. */
  async nextAnswer({ accountId, id, answer }: HookHelper): Promise<HelperAnswer> {
    if (answer == null) return FIRST_ANSWER;
    if (answer.fail_first === null) return answer;
    const { rowCount } = await this.#pool.query(
      `update hook_helpers set failures_left = failures_left - 1
       where account_id = $1 and id = $2 and failures_left > 0`,
      [accountId, id],
    );
    return rowCount === 1 ? answer : FIRST_ANSWER;
  }

  /** Keeps a request, tells the pages that watch, and forgets the oldest ones. */
  async record(helper: HookHelper, request: Omit<ReceivedRequest, 'id' | 'receivedAt'>): Promise<void> {
    const nowMs = this.#clock.now();
    await insertRequest(this.#pool, helper, {
      ...request,
      id: uuidv7(nowMs),
      receivedAt: new Date(nowMs),
    });
  }

  /** One page of the kept requests, newest first. */
  async requests(
    helper: HookHelper,
    paging: Pick<Paging, 'limit'> & Partial<Paging>,
  ): Promise<ReceivedRequest[]> {
    return selectRequests(this.#pool, helper, paging);
  }

  /** The kept requests with a header of this value, newest first. */
  async requestsWith(helper: HookHelper, header: [name: string, value: string]): Promise<Arrival[]> {
    return selectWithHeader(this.#pool, helper, header);
  }

  /** Throws NotFound, also when it is not kept any more. */
  async request(helper: HookHelper, requestId: string): Promise<ReceivedRequest> {
    const found = isUuid(requestId) ? await selectRequest(this.#pool, helper, requestId) : null;
    if (found === null) throw new NotFound('This request is not kept any more.');
    return found;
  }

  /** Deletes all that arrived. */
  async clear(helper: HookHelper): Promise<void> {
    await this.#sequelize.transaction(async (transaction) => {
      const deleted = await deleteRequests(clientOf(transaction), helper);
      if (deleted > 0)
        await this.#record(transaction, helper, { action: 'hook_helper.cleared', details: { deleted } });
    });
  }
}
