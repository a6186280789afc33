import type { Sequelize, Transaction } from 'sequelize';
import { type Change, recordChange } from '#src/domain/audit/record-change.ts';
import { changeRow } from '#src/infra/database/change-row.ts';
import { conflictAs } from '#src/infra/database/conflict.ts';
import { deleteRow } from '#src/infra/database/delete-row.ts';
import { findByIdOrUid } from '#src/infra/database/find-by-id-or-uid.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import { nullOn, upsert } from '#src/infra/database/upsert.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { omitUndefined } from '#src/infra/lib/omit-undefined.ts';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';
import { isUuidv7, uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { type AppRuleChanges, type AppRules, mergeRules } from '#src/domain/outbound-rules/rules.ts';
import type { Models } from '#src/domain/models.ts';
import { requireSameUid } from '#src/domain/uid-schema.ts';
import { withinRoom } from '#src/domain/quotas/plan-room.ts';
import type { App, SuccessPolicy } from './app.ts';
import { notOf } from './demo-app.ts';
import type { PortalSettings } from './portal-settings.ts';

/** Fields that are undefined stay as they are. */
export interface AppChanges {
  name?: string | undefined;
  uid?: string | null | undefined;
  successPolicy?: SuccessPolicy | undefined;
  retryDelaysSeconds?: number[] | null | undefined;
  headerPrefix?: string | null | undefined;
  /** The members that are given. */
  portal?: Partial<PortalSettings> | undefined;
  rules?: AppRuleChanges | undefined;
}

/** The apps of an account. */
export class Apps {
  readonly #models: Models;
  readonly #clock: Clock;
  readonly #sequelize: Sequelize;

  constructor({ models, clock, sequelize }: { models: Models; clock: Clock; sequelize: Sequelize }) {
    this.#models = models;
    this.#clock = clock;
    this.#sequelize = sequelize;
  }

  async list(accountId: string, paging: Paging): Promise<App[]> {
    return findNewestFirst({ model: this.#models.App, where: { accountId } }, paging);
  }

  /** The account's first app, but for one; null without any. */
  async oldest(accountId: string, except: App | null = null): Promise<App | null> {
    const where = { accountId, ...notOf(except, 'id') };
    return this.#models.App.findOne({ where, order: [['id', 'ASC']] });
  }

  /** The app by its id or uid. Throws NotFound, also for another account's app. */
  async get(accountId: string, appId: string): Promise<App> {
    const app = await this.#find(accountId, appId);
    if (app === null) throw noApp(appId);
    return app;
  }

  /** Throws Conflict when another app of the account has the uid, PaymentRequired when the plan has no room. */
  async create(accountId: string, input: AppChanges & { name: string }): Promise<App> {
    const { rules = {}, ...attributes } = input;
    const app = {
      id: uuidv7(this.#clock.now()),
      accountId,
      ...omitUndefined(attributes),
      rules: mergeRules<AppRules>({}, rules),
      name: input.name,
    };
    return conflictAs(`Another app already has the uid ${input.uid ?? ''}.`, () =>
      withinRoom(this.#sequelize, { accountId, of: 'apps' }, async (transaction) => {
        const made = await this.#models.App.create(app, { transaction });
        await this.#record(transaction, made, { action: 'app.created' });
        return made;
      }),
    );
  }

  /** Throws Conflict when another app of the account has the uid, NotFound when the app was deleted meanwhile. */
  async update(app: App, changes: AppChanges): Promise<App> {
    return conflictAs(`Another app already has the uid ${changes.uid ?? ''}.`, () =>
      this.#sequelize.transaction(async (transaction) => {
        // Locked, so that of two changes at once neither undoes the other's members.
        await app.reload({ transaction, lock: transaction.LOCK.NO_KEY_UPDATE });
        const portal = changes.portal && { ...app.portal, ...omitUndefined(changes.portal) };
        const values = { ...omitUndefined({ ...changes, portal }), ...rulesAfter(app, changes) };
        const changed = await changeRow(app, values, transaction);
        await app.reload({ transaction });
        if (changed.length > 0)
          await this.#record(transaction, app, { action: 'app.updated', details: { changed } });
        return app;
      }),
    );
  }

  /**
   * Changes the account's app with the uid, or creates it, with the uid as its name by default. Throws Conflict as
   * {@link requireSameUid} does, and NotFound for an id of ours that no app of the account has.
   */
  async put(accountId: string, uid: string, changes: AppChanges): Promise<{ app: App; isNew: boolean }> {
    const { row, isNew } = await upsert({
      change: async () => {
        const known = await this.#find(accountId, uid);
        requireSameUid(uid, changes.uid, known);
        if (known === null && isUuidv7(uid)) throw noApp(uid);
        return known && this.update(known, changes).catch(nullOn(NotFound));
      },
      make: () =>
        this.create(accountId, { ...changes, name: changes.name ?? uid, uid }).catch(nullOn(Conflict)),
    });
    return { app: row, isNew };
  }

  /**
   * Also deletes its events, subscriptions and endpoints. Its messages and attempts stay until their retention ends.
   */
  async delete(app: App): Promise<void> {
    await this.#sequelize.transaction(async (transaction) => {
      await deleteRow(this.#models.App, app, transaction);
      await this.#record(transaction, app, { action: 'app.deleted' });
    });
  }

  async #record(db: Transaction, app: App, deed: Pick<Change, 'action' | 'details'>): Promise<void> {
    const { accountId, id, name } = app;
    const object = { type: 'app', id, name };
    await recordChange({ db, clock: this.#clock }, { ...deed, accountId, object, appId: id });
  }

  async #find(accountId: string, appId: string): Promise<App | null> {
    const [app] = await findByIdOrUid({ model: this.#models.App, where: { accountId } }, appId);
    return app ?? null;
  }
}

/** The rules after the changes. Of the two forms of a retry schedule, the one that is set takes the other's place. */
function rulesAfter(app: App, { rules = {}, retryDelaysSeconds }: AppChanges) {
  const byDelays = retryDelaysSeconds != null && { retry_policy: null };
  const merged = mergeRules<AppRules>(app.rules, { ...byDelays, ...rules });
  return { rules: merged, ...(rules.retry_policy != null && { retryDelaysSeconds: null }) };
}

const noApp = (appId: string) => new NotFound(`There is no app ${appId}. List yours with GET /api/v1/apps.`);
