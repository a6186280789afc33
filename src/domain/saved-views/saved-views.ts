import type { Pool, PoolClient } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import { countOtherViews, deleteView, selectViews, upsertView } from './saved-view-rows.ts';
import type { SavedView } from './saved-view.ts';

export type { SavedView } from './saved-view.ts';

/** Of an app. */
export const MAX_VIEWS = 50;

type AppKey = Pick<App, 'accountId' | 'id'>;

/** Filters of an app's logs that have a name. They belong to the account: whoever may edit changes them. */
export class SavedViews {
  readonly #pool: Pool;
  readonly #clock: Clock;

  constructor({ pool, clock }: { pool: Pool; clock: Clock }) {
    this.#pool = pool;
    this.#clock = clock;
  }

  list(app: AppKey, list: SavedView['list']): Promise<SavedView[]> {
    return selectViews(this.#pool, { accountId: app.accountId, appId: app.id, list });
  }

  /** Puts it in the place of one that has its name. Throws Conflict at {@link MAX_VIEWS}. */
  async save(app: AppKey, fields: Pick<SavedView, 'list' | 'name' | 'query'>): Promise<void> {
    const id = uuidv7(this.#clock.now());
    const view = { ...fields, id, accountId: app.accountId, appId: app.id };
    await transaction(this.#pool, async (client) => {
      if ((await countOtherViews(client, view)) >= MAX_VIEWS) {
        throw new Conflict(`An app has at most ${String(MAX_VIEWS)} saved views. Delete one first.`);
      }
      const { id: stored, isNew } = await upsertView(client, view);
      await this.#record(client, isNew ? 'saved_view.created' : 'saved_view.updated', {
        ...view,
        id: stored,
      });
    });
  }

  /** Answers what was deleted. Throws NotFound. */
  async delete(app: AppKey, id: string): Promise<SavedView> {
    return transaction(this.#pool, async (client) => {
      const key = { accountId: app.accountId, appId: app.id, id };
      const deleted = isUuid(id) ? await deleteView(client, key) : null;
      if (deleted === null) throw new NotFound('The app has no such saved view.');
      await this.#record(client, 'saved_view.deleted', deleted);
      return deleted;
    });
  }

  async #record(
    client: PoolClient,
    action: 'saved_view.created' | 'saved_view.updated' | 'saved_view.deleted',
    { accountId, appId, id, list, name }: Omit<SavedView, 'query'>,
  ): Promise<void> {
    const change = { accountId, appId, action, object: { type: 'saved_view', id, name }, details: { list } };
    await recordChange({ db: client, clock: this.#clock }, change);
  }
}
