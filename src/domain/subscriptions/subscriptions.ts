import type { Sequelize, Transaction } from 'sequelize';
import type { App } from '#src/domain/apps/app.ts';
import { notOf } from '#src/domain/apps/demo-app.ts';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import { changeRow } from '#src/infra/database/change-row.ts';
import { conflictAs } from '#src/infra/database/conflict.ts';
import { deleteRow } from '#src/infra/database/delete-row.ts';
import { findByIdOrUid } from '#src/infra/database/find-by-id-or-uid.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import { nullOn, upsert } from '#src/infra/database/upsert.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { omitUndefined } from '#src/infra/lib/omit-undefined.ts';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { endByDeletion } from '#src/domain/issues/end-issues.ts';
import type { Models } from '#src/domain/models.ts';
import { requireSameUid } from '#src/domain/uid-schema.ts';
import { withinRoom } from '#src/domain/quotas/plan-room.ts';
import { recordSubscription } from './record-subscription.ts';
import type { Subscription } from './subscription.ts';

/** Fields that are undefined stay as they are. */
export interface SubscriptionChanges {
  name?: string | undefined;
  uid?: string | null | undefined;
  email?: string | null | undefined;
}

interface Dependencies {
  models: Models;
  clock: Clock;
  sequelize: Sequelize;
  announcements: Announcements;
}

type AppKey = Pick<App, 'accountId' | 'id'>;

/** The subscribers of an app. */
export class Subscriptions {
  readonly #models: Models;
  readonly #clock: Clock;
  readonly #sequelize: Sequelize;
  readonly #announcements: Announcements;

  constructor({ models, clock, sequelize, announcements }: Dependencies) {
    this.#announcements = announcements;
    this.#models = models;
    this.#clock = clock;
    this.#sequelize = sequelize;
  }

  async list(app: App, paging: Paging): Promise<Subscription[]> {
    const where = { accountId: app.accountId, appId: app.id };
    return findNewestFirst({ model: this.#models.Subscription, where }, paging);
  }

  /** The account's first subscription, but for those of one app; null without any. */
  async oldest(accountId: string, except: App | null = null): Promise<Subscription | null> {
    const where = { accountId, ...notOf(except, 'appId') };
    return this.#models.Subscription.findOne({ where, order: [['id', 'ASC']] });
  }

  /**
   * The account's subscription by its id or uid. Throws NotFound, also for another account's subscription, and Conflict
   * for a uid that several apps use, because a uid is unique in its app only.
   */
  async get(accountId: string, subscriptionId: string): Promise<Subscription> {
    const query = { model: this.#models.Subscription, where: { accountId }, limit: 2 };
    const found = await findByIdOrUid(query, subscriptionId);
    const [subscription] = found;
    if (subscription === undefined) throw new NotFound(`There is no subscription ${subscriptionId}.`);
    if (found.length > 1) {
      const longForm = `/api/v1/apps/${subscription.appId}/subscriptions/${subscription.uid ?? ''}`;
      throw new Conflict(
        `Several of your apps have a subscription ${subscriptionId}. Name the app, too, as in ${longForm}, or use its id.`,
      );
    }
    return subscription;
  }

  /** The app's subscription by its id or uid. Throws NotFound. */
  async getOfApp(app: AppKey, subscriptionId: string): Promise<Subscription> {
    const subscription = await this.#findOfApp(app, subscriptionId);
    if (subscription === null) throw new NotFound(`The app has no subscription ${subscriptionId}.`);
    return subscription;
  }

  /**
   * Throws Conflict when another subscription of the app has the uid, NotFound when the app was deleted,
   * PaymentRequired when the plan has no room.
   */
  async create(app: App, input: SubscriptionChanges & { name: string }): Promise<Subscription> {
    const { accountId, id: appId } = app;
    const subscription = {
      id: uuidv7(this.#clock.now()),
      accountId,
      appId,
      ...omitUndefined(input),
      name: input.name,
    };
    return conflictAs(`The app already has a subscription with the uid ${input.uid ?? ''}.`, () =>
      withinRoom(this.#sequelize, { accountId, of: 'subscriptions' }, async (transaction) => {
        const made = await this.#models.Subscription.create(subscription, { transaction });
        await recordSubscription(this.#telling(transaction), made, { action: 'subscriber.created' });
        return made;
      }),
    );
  }

  /** Throws Conflict when another subscription of the app has the uid, NotFound when it was deleted meanwhile. */
  async update(subscription: Subscription, changes: SubscriptionChanges): Promise<Subscription> {
    return conflictAs(`The app already has a subscription with the uid ${changes.uid ?? ''}.`, () =>
      this.#sequelize.transaction(async (transaction) => {
        await this.#lock(subscription, transaction);
        const { email, portalEpoch } = subscription;
        // Mails with links went to the address of before.
        const endsLinks = changes.email !== undefined && changes.email !== email;
        const epoch = endsLinks ? { portalEpoch: portalEpoch + 1 } : {};
        const columns = await changeRow(subscription, { ...omitUndefined(changes), ...epoch }, transaction);
        const changed = columns.filter((column) => column !== 'portal_epoch');
        await subscription.reload({ transaction });
        if (changed.length > 0)
          await recordSubscription(this.#telling(transaction), subscription, {
            action: 'subscriber.updated',
            details: { changed },
          });
        return subscription;
      }),
    );
  }

  /**
   * Changes the app's subscription with the uid, or creates it, with the uid as its name by default. Throws Conflict as
   * {@link requireSameUid} does, and NotFound when the app was deleted.
   */
  async put(
    app: App,
    uid: string,
    changes: SubscriptionChanges,
  ): Promise<{ subscription: Subscription; isNew: boolean }> {
    const { row, isNew } = await upsert({
      change: async () => {
        const known = await this.#findOfApp(app, uid);
        requireSameUid(uid, changes.uid, known);
        return known && this.update(known, changes).catch(nullOn(NotFound));
      },
      make: () => this.create(app, { ...changes, name: changes.name ?? uid, uid }).catch(nullOn(Conflict)),
    });
    return { subscription: row, isNew };
  }

  /** Also deletes its endpoints. */
  async delete(subscription: Subscription): Promise<void> {
    await this.#sequelize.transaction(async (transaction) => {
      await deleteRow(this.#models.Subscription, subscription, transaction);
      const deleted = { accountId: subscription.accountId, subscriptionId: subscription.id };
      await endByDeletion(this.#telling(transaction), deleted, new Date(this.#clock.now()));
      await recordSubscription(this.#telling(transaction), subscription, { action: 'subscriber.deleted' });
    });
  }

  /**
   * Locks the row and reads it again, so that of two changes at once each sees the other's. Throws NotFound when it was
   * deleted.
   */
  async #lock(subscription: Subscription, transaction: Transaction): Promise<void> {
    const { accountId, id } = subscription;
    const lock = transaction.LOCK.NO_KEY_UPDATE;
    const found = await this.#models.Subscription.findOne({ where: { accountId, id }, lock, transaction });
    if (found === null) throw new NotFound(`The subscription ${id} was deleted meanwhile.`);
    subscription.set(found.get(), { raw: true });
  }

  #telling(db: Transaction) {
    return { db, clock: this.#clock, announcements: this.#announcements };
  }

  async #findOfApp(app: AppKey, subscriptionId: string): Promise<Subscription | null> {
    const where = { accountId: app.accountId, appId: app.id };
    const [found] = await findByIdOrUid({ model: this.#models.Subscription, where }, subscriptionId);
    return found ?? null;
  }
}
