import { conflictAs } from '#src/infra/database/conflict.ts';
import { findByIdOrUid } from '#src/infra/database/find-by-id-or-uid.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { omitUndefined } from '#src/infra/lib/omit-undefined.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Models } from '#src/domain/models.ts';
import type { App, SuccessPolicy } from './app.ts';

/** Fields that are undefined stay as they are. */
export interface AppChanges {
  name?: string | undefined;
  uid?: string | null | undefined;
  successPolicy?: SuccessPolicy | undefined;
  retryDelaysSeconds?: number[] | null | undefined;
  headerPrefix?: string | null | undefined;
}

/** The apps of an account. */
export class Apps {
  readonly #models: Models;
  readonly #clock: Clock;

  constructor({ models, clock }: { models: Models; clock: Clock }) {
    this.#models = models;
    this.#clock = clock;
  }

  async list(accountId: string, paging: Paging): Promise<App[]> {
    return findNewestFirst({ model: this.#models.App, where: { accountId } }, paging);
  }

  /** The account's first app; null without any. */
  async oldest(accountId: string): Promise<App | null> {
    return this.#models.App.findOne({ where: { accountId }, order: [['id', 'ASC']] });
  }

  /** The app by its id or uid. Throws NotFound, also for another account's app. */
  async get(accountId: string, appId: string): Promise<App> {
    const [app] = await findByIdOrUid({ model: this.#models.App, where: { accountId } }, appId);
    if (app === undefined) throw new NotFound(`There is no app ${appId}. List yours with GET /api/v1/apps.`);
    return app;
  }

  /** Throws Conflict when another app of the account has the uid. */
  async create(accountId: string, input: AppChanges & { name: string }): Promise<App> {
    return conflictAs(`Another app already has the uid ${input.uid ?? ''}.`, () =>
      this.#models.App.create({
        id: uuidv7(this.#clock.now()),
        accountId,
        ...omitUndefined(input),
        name: input.name,
      }),
    );
  }

  /** Throws Conflict when another app of the account has the uid. */
  async update(app: App, changes: AppChanges): Promise<App> {
    return conflictAs(`Another app already has the uid ${changes.uid ?? ''}.`, () =>
      app.update(omitUndefined(changes)),
    );
  }

  /**
   * Also deletes its events, subscriptions and endpoints. Its messages and attempts stay until their retention ends.
   */
  async delete(app: App): Promise<void> {
    await app.destroy();
  }
}
