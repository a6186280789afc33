import type { Pool } from 'pg';
import type { Sequelize } from 'sequelize';
import type { Counted } from '#src/domain/plans/counted-limits.ts';
import { requireRoom } from '#src/domain/quotas/plan-room.ts';
import { findOwn, isFree, type Noun } from './control-rows.ts';
import { derivedId } from './derived-id.ts';
import type { ImportReport } from './import-report.ts';

interface Dependencies {
  pool: Pool;
  sequelize: Sequelize;
  accountId: string;
  report: ImportReport;
}

/** Of transformations, an app has a number that no plan changes. */
const LIMITS: Record<Noun, Counted | null> = {
  app: 'apps',
  webhook_event: 'eventTypes',
  transformation: null,
  subscription: 'subscriptions',
  endpoint: 'endpoints',
  hook_helper: 'hookHelpers',
};

interface Known {
  id: string;
  /** Null for rows that belong to no app. */
  appId: string | null;
}

/** The rows of a file that the account has: maps the file's ids to the account's. */
export class KnownRows {
  readonly #deps: Dependencies;
  readonly #known = new Map<string, Known>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** The account's row with this id of the file. */
  get(id: string): Known | undefined {
    return this.#known.get(id);
  }

  /** Maps an id of the file. An id without a row, such as a deleted endpoint's, is derived when its app's id was. */
  idOf(id: string, isAppMoved: boolean): string {
    return this.#known.get(id)?.id ?? (isAppMoved ? derivedId(this.#deps.accountId, id) : id);
  }

  /** Finds the account's row or inserts it, with the file's id if that is free. Returns the id in the account. */
  async make(
    noun: Noun,
    { line, appId, name }: { line: { id: string }; appId: string | null; name: string | null },
    insert: (id: string) => Promise<void>,
  ): Promise<string> {
    const { accountId, pool, report, sequelize } = this.#deps;
    const limit = LIMITS[noun];
    const derived = derivedId(accountId, line.id);
    const key = { accountId, appId, ids: [line.id, derived], name };
    const own = await findOwn(pool, noun, key);
    const id = own ?? ((await isFree(pool, noun, line.id)) ? line.id : derived);
    if (own === null) {
      if (limit !== null) await requireRoom(sequelize, { accountId, of: limit });
      await insert(id);
    }
    this.#known.set(line.id, { id, appId });
    report.count(own === null ? 'imported' : 'existing', noun);
    report.changedId(noun, line.id, id);
    return id;
  }
}
