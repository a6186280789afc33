import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Found } from '#src/domain/search/search.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { type AppKey, type AttemptFilters, attemptConditions, attemptRange } from './attempt-filters.ts';
import { ATTEMPT_COLUMNS, attemptOf, type AttemptRow } from './attempt-rows.ts';
import { type LoggedAttempt, withWhatFollowed } from './logged-attempt.ts';
import { isSearched, searchAttempts } from './search-attempts.ts';

export type { AttemptFilters } from './attempt-filters.ts';

/** Reads the attempts of an app's deliveries, which `pipeline/settle` writes. */
export class Attempts {
  readonly #pool: Pool;

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
  }

  /** A page of the log. With filters that need the search, the page may end early: see {@link Found}. */
  async search(app: AppKey, filters: AttemptFilters, paging: Paging): Promise<Found<LoggedAttempt>> {
    if (isSearched(filters)) {
      const { rows, ...rest } = await searchAttempts(this.#pool, { app, filters }, paging);
      return { ...rest, rows: await withWhatFollowed(this.#pool, rows) };
    }
    return { rows: await this.page(app, filters, paging) };
  }

  /** A page of the log. Ignores `filters.text` and never ends early; it has no time budget, so it may be slow. */
  async page(app: AppKey, filters: AttemptFilters, paging: Paging): Promise<LoggedAttempt[]> {
    const isBackwards = paging.after !== undefined;
    const values: unknown[] = [];
    const bind = (value: unknown) => `$${String(values.push(value))}`;
    const { from, to } = attemptRange(filters, paging);
    const conditions = [`id >= ${bind(from)}`, `id < ${bind(to)}`, ...attemptConditions(app, filters, bind)];
    const { rows } = await this.#pool.query<AttemptRow>(
      `select ${ATTEMPT_COLUMNS} from attempts where ${conditions.join(' and ')}
       order by id ${isBackwards ? 'asc' : 'desc'} limit ${bind(paging.limit)} offset ${bind(paging.offset)}`,
      values,
    );
    const attempts = await this.#logged(rows);
    return isBackwards ? attempts.reverse() : attempts;
  }

  /** The newest attempts of an account, merged from the newest of each app, because the index is by app. */
  async latest(accountId: string, limit: number): Promise<LoggedAttempt[]> {
    const { rows } = await this.#pool.query<AttemptRow>(
      `select newest.* from apps cross join lateral (
         select ${ATTEMPT_COLUMNS} from attempts
         where attempts.account_id = $1 and attempts.app_id = apps.id order by id desc limit $2
       ) newest where apps.account_id = $1 order by newest.id desc limit $2`,
      [accountId, limit],
    );
    return this.#logged(rows);
  }

  /** The newest attempts to a subscriber, merged from the newest of each endpoint, because the index is by endpoint. */
  async latestOfSubscription({ accountId, id }: Subscription, limit: number): Promise<LoggedAttempt[]> {
    const { rows } = await this.#pool.query<AttemptRow>(
      `select newest.* from endpoints cross join lateral (
         select ${ATTEMPT_COLUMNS} from attempts
         where attempts.endpoint_id = endpoints.id and attempts.account_id = $1 order by id desc limit $3
       ) newest where endpoints.account_id = $1 and endpoints.subscription_id = $2
       order by newest.id desc limit $3`,
      [accountId, id, limit],
    );
    return this.#logged(rows);
  }

  /** Throws NotFound when the app's log has no attempt with this id. */
  async get(app: App, id: string): Promise<LoggedAttempt> {
    const attempt = await this.find(app, id);
    if (attempt === null) throw new NotFound(`The app has no webhook attempt ${id}.`);
    return attempt;
  }

  async find(app: App, id: string): Promise<LoggedAttempt | null> {
    const { rows } = isUuid(id)
      ? await this.#pool.query<AttemptRow>(
          `select ${ATTEMPT_COLUMNS} from attempts where account_id = $1 and app_id = $2 and id = $3`,
          [app.accountId, app.id, id],
        )
      : { rows: [] };
    const [attempt] = await this.#logged(rows);
    return attempt ?? null;
  }

  async #logged(rows: AttemptRow[]): Promise<LoggedAttempt[]> {
    return withWhatFollowed(this.#pool, rows.map(attemptOf));
  }
}
