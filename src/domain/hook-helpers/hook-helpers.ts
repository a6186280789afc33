import type { Pool } from 'pg';
import type { Sequelize, Transaction } from 'sequelize';
import { type Change, recordChange } from '#src/domain/audit/record-change.ts';
import { changeRow } from '#src/infra/database/change-row.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { omitUndefined } from '#src/infra/lib/omit-undefined.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Models } from '#src/domain/models.ts';
import { withinRoom } from '#src/domain/quotas/plan-room.ts';
import type { HookHelper } from './hook-helper.ts';
import { newToken } from './new-token.ts';

/** A request that arrived at a Hook Helper. */
export interface ReceivedRequest {
  id: string;
  method: string;
  /** The path below `/r/<token>`, with the query. */
  path: string;
  /** As received: names keep their case, and repeated headers are repeated. */
  headers: [string, string][];
  body: Buffer;
  receivedAt: Date;
}

interface RequestRow extends Omit<ReceivedRequest, 'receivedAt'> {
  created_at: Date;
}

/** What a Hook Helper keeps; older requests are deleted. */
const KEPT_REQUESTS = 100;
const KEPT_BYTES = 8 * 1024 * 1024;

interface Dependencies {
  models: Models;
  pool: Pool;
  clock: Clock;
  sequelize: Sequelize;
}

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

  /** Throws PaymentRequired when the plan has no room. */
  async create(accountId: string, input: { label: string }): Promise<HookHelper> {
    const helper = { id: uuidv7(this.#clock.now()), accountId, label: input.label, token: newToken() };
    return withinRoom(this.#sequelize, { accountId, of: 'hookHelpers' }, async (transaction) => {
      const made = await this.#models.HookHelper.create(helper, { transaction });
      await this.#record(transaction, made, { action: 'hook_helper.created' });
      return made;
    });
  }

  async update(
    helper: HookHelper,
    changes: { label?: string | undefined; endpointId?: string | null | undefined },
  ): Promise<HookHelper> {
    return this.#sequelize.transaction(async (transaction) => {
      const changed = await changeRow(helper, omitUndefined(changes), transaction);
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

  /**
   * Inserts a request, notifies the channel `hook_helper`, and deletes all but the newest {@link KEPT_REQUESTS} and
   * {@link KEPT_BYTES}.
   */
  async record(helper: HookHelper, request: Omit<ReceivedRequest, 'id' | 'receivedAt'>): Promise<void> {
    const { accountId, id: helperId } = helper;
    await this.#pool.query(
      `with inserted as (
         insert into hook_helper_requests (id, account_id, hook_helper_id, method, path, headers, body, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
       ), dropped as (
         delete from hook_helper_requests where account_id = $2 and hook_helper_id = $3 and id in (
           select id from (
             select id, row_number() over newer as place, sum(octet_length(body)) over newer as "bytesUntil"
             from hook_helper_requests where account_id = $2 and hook_helper_id = $3 window newer as (order by id desc)
           ) kept where place >= ${String(KEPT_REQUESTS)} or "bytesUntil" + octet_length($7) > ${String(KEPT_BYTES)})
       )
       select pg_notify('hook_helper', $3::text)`,
      [
        uuidv7(this.#clock.now()),
        accountId,
        helperId,
        request.method,
        request.path,
        JSON.stringify(request.headers),
        request.body,
        new Date(this.#clock.now()),
      ],
    );
  }

  /** The newest requests, newest first; with `after`, only those with a greater id. */
  async requests(helper: HookHelper, options: { limit: number; after?: string }): Promise<ReceivedRequest[]> {
    const { rows } = await this.#pool.query<RequestRow>(
      `select id, method, path, headers, body, created_at from hook_helper_requests
       where account_id = $1 and hook_helper_id = $2 and ($3::uuid is null or id > $3)
       order by id desc limit $4`,
      [helper.accountId, helper.id, options.after ?? null, options.limit],
    );
    return rows.map(({ created_at: receivedAt, ...rest }) => ({ ...rest, receivedAt }));
  }

  /** One page of the kept requests, newest first. */
  async listRequests(helper: HookHelper, paging: Paging): Promise<ReceivedRequest[]> {
    const isBackwards = paging.after !== undefined;
    const { rows } = await this.#pool.query<RequestRow>(
      `select id, method, path, headers, body, created_at from hook_helper_requests
       where account_id = $1 and hook_helper_id = $2 and id >= $3 and id < $4
       order by id ${isBackwards ? 'asc' : 'desc'} limit $5 offset $6`,
      [helper.accountId, helper.id, ...idRange({}, paging), paging.limit, paging.offset],
    );
    const requests = rows.map(({ created_at: receivedAt, ...rest }) => ({ ...rest, receivedAt }));
    return isBackwards ? requests.reverse() : requests;
  }
}
