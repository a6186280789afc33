import type { App } from '#src/domain/apps/app.ts';
import { conflictAs } from '#src/infra/database/conflict.ts';
import { findByIdOrUid } from '#src/infra/database/find-by-id-or-uid.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { omitUndefined } from '#src/infra/lib/omit-undefined.ts';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Models } from '#src/domain/models.ts';
import type { Subscription } from './subscription.ts';

export interface SubscriptionChanges {
  name?: string | undefined;
  uid?: string | null | undefined;
}

type AppKey = Pick<App, 'accountId' | 'id'>;

/** The subscribers of an app. */
export class Subscriptions {
  readonly #models: Models;
  readonly #clock: Clock;

  constructor({ models, clock }: { models: Models; clock: Clock }) {
    this.#models = models;
    this.#clock = clock;
  }

  async list(app: App, paging: Paging): Promise<Subscription[]> {
    const where = { accountId: app.accountId, appId: app.id };
    return findNewestFirst({ model: this.#models.Subscription, where }, paging);
  }

  /**
   * The subscription by its id or uid. A uid is unique in its app only, and this path names no app: one that several
   * apps use is a Conflict. Throws NotFound, also for another account's.
   */
  async get(accountId: string, subscriptionId: string): Promise<Subscription> {
    const query = { model: this.#models.Subscription, where: { accountId }, limit: 2 };
    const found = await findByIdOrUid(query, subscriptionId);
    const [subscription] = found;
    if (subscription === undefined) throw new NotFound(`There is no subscription ${subscriptionId}.`);
    if (found.length > 1) {
      throw new Conflict(`Several of your apps have a subscription ${subscriptionId}. Use its id instead.`);
    }
    return subscription;
  }

  /** The subscription of the app by its id or uid. */
  async getOfApp(app: AppKey, subscriptionId: string): Promise<Subscription> {
    const subscription = await this.#findOfApp(app, subscriptionId);
    if (subscription === null) throw new NotFound(`The app has no subscription ${subscriptionId}.`);
    return subscription;
  }

  async create(app: App, input: SubscriptionChanges & { name: string }): Promise<Subscription> {
    return conflictAs(`The app already has a subscription with the uid ${input.uid ?? ''}.`, () =>
      this.#models.Subscription.create({
        id: uuidv7(this.#clock.now()),
        accountId: app.accountId,
        appId: app.id,
        ...omitUndefined(input),
        name: input.name,
      }),
    );
  }

  async update(subscription: Subscription, changes: SubscriptionChanges): Promise<Subscription> {
    return conflictAs(`The app already has a subscription with the uid ${changes.uid ?? ''}.`, () =>
      subscription.update(omitUndefined(changes)),
    );
  }

  /**
   * Makes the subscription of the app that `uid` names, or changes it; named by its uid when it gets no name. Throws
   * Conflict when `changes` would give it another uid: repeated, the same request would make a second one.
   */
  async put(
    app: App,
    uid: string,
    changes: SubscriptionChanges,
  ): Promise<{ subscription: Subscription; isNew: boolean }> {
    const known = await this.#findOfApp(app, uid);
    const isRenamed = changes.uid !== undefined && changes.uid !== uid;
    if (isRenamed && known?.id !== uid.toLowerCase()) {
      throw new Conflict(`The address names the uid ${uid}, and the body another. PATCH changes a uid.`);
    }
    if (known !== null) return { subscription: await this.update(known, changes), isNew: false };
    try {
      const subscription = await this.create(app, { ...changes, name: changes.name ?? uid, uid });
      return { subscription, isNew: true };
    } catch (error) {
      // Another caller was faster. Unless it is gone again, there is one to change now.
      const made = error instanceof Conflict ? await this.#findOfApp(app, uid) : null;
      if (made === null) throw error;
      return { subscription: await this.update(made, changes), isNew: false };
    }
  }

  /** With its endpoints. */
  async delete(subscription: Subscription): Promise<void> {
    await subscription.destroy();
  }

  async #findOfApp(app: AppKey, subscriptionId: string): Promise<Subscription | null> {
    const where = { accountId: app.accountId, appId: app.id };
    const [found] = await findByIdOrUid({ model: this.#models.Subscription, where }, subscriptionId);
    return found ?? null;
  }
}
