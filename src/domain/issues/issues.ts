import type { Pool } from 'pg';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import type { App } from '#src/domain/apps/app.ts';
import { recordChanges } from '#src/domain/audit/record-change.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { ADVICE } from './advice.ts';
import { announceIssues } from './announce-issues.ts';
import { hitByCause, type HitByCause } from './hit-by-cause.ts';
import type { Issue, IssueStatus, ListedIssue } from './issue.ts';
import {
  countIssues,
  findIssue,
  type IssueCounts,
  type IssueFilters,
  lockIssue,
  markEndpoint,
  selectIssues,
  updateIssue,
} from './issue-rows.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  announcements: Announcements;
}

/** Issues of a status are counted up to this. */
export const MAX_COUNTED_ISSUES = 1000;
/** After that no further issue of many is begun, because Heroku's router ends a request at 30 s. */
const MAX_MS = 20_000;

/** What fails at the endpoints of an app, by endpoint and cause. */
export class Issues {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async list(app: App, filters: IssueFilters, paging: Paging): Promise<ListedIssue[]> {
    return selectIssues(this.#deps.pool, app, { ...filters, paging });
  }

  /** Throws NotFound, also for another app's. */
  async get(app: App, id: string): Promise<ListedIssue> {
    const issue = isUuid(id) ? await findIssue(this.#deps.pool, app, id) : null;
    if (issue === null) throw new NotFound(`The app has no issue ${id}.`);
    return issue;
  }

  /** Whom each cause hits, of the issues with this status. */
  async hitByCause(app: App, status: IssueStatus): Promise<HitByCause[]> {
    return hitByCause(this.#deps.pool, app, status);
  }

  /** By status, each up to {@link MAX_COUNTED_ISSUES}. */
  async count(app: App): Promise<IssueCounts> {
    return countIssues(this.#deps.pool, app, MAX_COUNTED_ISSUES);
  }

  /**
   * What a person decides: to acknowledge, to resolve, or to open again. The status that it has already changes
   * nothing. Throws NotFound.
   */
  async setStatus(app: App, id: string, status: IssueStatus): Promise<ListedIssue> {
    const { announcements, clock, pool } = this.#deps;
    await transaction(pool, async (client) => {
      const before = isUuid(id) ? await lockIssue(client, app, id) : null;
      if (before === null) throw new NotFound(`The app has no issue ${id}.`);
      if (before.status === status) return;
      const changed = await updateIssue(client, before, { status, at: new Date(clock.now()) });
      if (status !== 'resolved') await markEndpoint(client, before);
      await recordChanges({ db: client, clock }, changed.map(changeOf));
      const telling = { db: client, announcements };
      if (status === 'resolved') await announceIssues(telling, changed, 'issue.resolved');
      if (before.status === 'resolved') await announceIssues(telling, changed, 'issue.opened');
    });
    return this.get(app, id);
  }

  /**
   * As {@link setStatus} of many, each in a transaction of its own; those that are gone are left out. Answers how many
   * 20 seconds were too short for.
   */
  async setStatuses(app: App, ids: string[], status: IssueStatus): Promise<{ left: number }> {
    const { clock } = this.#deps;
    const endMs = clock.monotonicNow() + MAX_MS;
    for (const [done, id] of ids.entries()) {
      if (clock.monotonicNow() >= endMs) return { left: ids.length - done };
      await this.setStatus(app, id, status).catch((error: unknown) => {
        if (!(error instanceof NotFound)) throw error;
      });
    }
    return { left: 0 };
  }
}

const ACTIONS = {
  open: 'issue.reopened',
  acknowledged: 'issue.acknowledged',
  resolved: 'issue.resolved',
} as const;

function changeOf({ accountId, appId, id, cause, status }: Issue) {
  const object = { type: 'issue', id, name: ADVICE[cause].what };
  return { accountId, appId, action: ACTIONS[status], object };
}
