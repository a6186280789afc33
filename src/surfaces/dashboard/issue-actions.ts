import type { Response } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { type Cause, CAUSES } from '#src/domain/issues/causes.ts';
import { ISSUE_STATUSES, type IssueStatus, type ListedIssue } from '#src/domain/issues/issue.ts';
import { actOnEndpoints, MAX_AT_ONCE } from '#src/domain/replays/bulk-actions.ts';
import { BadRequest, NotFound } from '#src/infra/lib/errors.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { renderBulkResult } from './bulk-result.ts';
import { redirectWith } from './frame/notices.ts';

/** Issues of a page, and of a selection. */
export const ISSUES_A_PAGE = 50;

type Verb = 'acknowledge' | 'resolve' | 'reopen' | 'replay';

const ACTION = new RegExp(
  `^(?:(?:acknowledge|resolve|reopen|replay)(?: (?:[0-9a-f-]{36}|${CAUSES.join('|')}))?|replay all)$`,
);

/**
 * The form of the list. The button of a row names its issue, that of a group its cause, that of the list `all`, those
 * of the selection none. `status`: of the issues that the list shows.
 */
export const issueActions = z.strictObject({
  action: z.string().regex(ACTION),
  status: z.enum(ISSUE_STATUSES).default('open'),
  issues: z.union([z.string().transform((id) => [id]), z.array(z.string()).max(ISSUES_A_PAGE)]).default([]),
});

const STATUS_AFTER: Record<Exclude<Verb, 'replay'>, IssueStatus> = {
  acknowledge: 'acknowledged',
  resolve: 'resolved',
  reopen: 'open',
};

const VERB_TO: Record<IssueStatus, Verb> = {
  open: 'reopen',
  acknowledged: 'acknowledge',
  resolved: 'resolve',
};

/** Filters of the list, apart from the status. */
export interface ShownIssues {
  cause: Cause | undefined;
  endpointId: string | undefined;
  subscriptionId: string | undefined;
}

/** Where the list is, as it is filtered. */
export function issuesHref(
  app: App,
  { status, cause, endpointId, subscriptionId }: ShownIssues & { status: IssueStatus },
): string {
  const query = new URLSearchParams({
    ...(status !== 'open' && { status }),
    ...(cause && { cause }),
    ...(endpointId && { endpoint: endpointId }),
    ...(subscriptionId && { subscriber: subscriptionId }),
  });
  return `/apps/${app.id}/issues${query.size === 0 ? '' : `?${String(query)}`}`;
}

type Parts = Pick<Container, 'clock' | 'endpoints' | 'issues' | 'replays'>;

/**
 * Does what the form asks for, to the issue of the button, to all of its cause, or to those that are ticked, and leads
 * back to the list as it was filtered; where an endpoint could not be replayed, answers a page that tells it. Throws
 * BadRequest when none is ticked, and NotFound.
 */
export async function actOnIssues(
  container: Parts,
  res: Response,
  app: App,
  { body, filters }: { body: unknown; filters: ShownIssues },
): Promise<void> {
  const form = issueActions.safeParse(body ?? {}).data;
  if (form === undefined) throw new BadRequest('Tick the issues and press a button of the list.');
  const { verb, only } = readAction(form.action);
  const found = await chosenIssues(container, app, { only, form, filters });
  const [chosen, isCut] = [found.slice(0, MAX_AT_ONCE), found.length > MAX_AT_ONCE];
  const list = issuesHref(app, { ...filters, status: form.status });
  if (chosen.length === 0) {
    redirectWith(res, list, 'issues_gone');
    return;
  }
  if (verb !== 'replay') {
    const ids = chosen.map(({ id }) => id);
    const { left } = await container.issues.setStatuses(app, ids, STATUS_AFTER[verb]);
    const before = { action: VERB_TO[form.status], status: form.status, issues: ids };
    const undo = ids.length <= ISSUES_A_PAGE ? before : null;
    if (left > 0) redirectWith(res, list, { name: 'issues_changed_partly', count: left });
    else if (isCut) redirectWith(res, list, { name: 'issues_changed_first', count: ids.length });
    else redirectWith(res, list, 'issues_changed', undo);
    return;
  }
  const results = await actOnEndpoints(container, app, {
    action: 'turn_on_and_replay',
    targets: targetsOf(chosen),
  });
  if (!isCut && results.every(({ problem }) => problem === null)) {
    redirectWith(res, list, 'issues_replayed');
    return;
  }
  const back = { href: list, label: 'Issues' };
  await renderBulkResult(res, { app, action: 'turn_on_and_replay', results, back, isCut });
}

function readAction(action: string): { verb: Verb; only: string | undefined } {
  const [verb, only] = action.split(' ') as [Verb, string | undefined];
  return { verb, only };
}

/** Null for one of many that is gone meanwhile, because the others are done none the less. */
async function unlessGone<T>(
  found: Promise<T>,
  { isOneOfMany }: { isOneOfMany: boolean },
): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (isOneOfMany && error instanceof NotFound) return null;
    throw error;
  }
}

/**
 * Of those that the list shows, at most one more than are acted on at once, which tells that there are others. Throws
 * NotFound when none of those that were named is there.
 */
async function chosenIssues(
  { issues }: Pick<Container, 'issues'>,
  app: App,
  {
    only,
    form,
    filters,
  }: { only: string | undefined; form: z.output<typeof issueActions>; filters: ShownIssues },
): Promise<ListedIssue[]> {
  const { status, issues: ticked } = form;
  const cause = CAUSES.find((one): one is Cause => one === only);
  if (cause !== undefined || only === 'all')
    return issues.list(app, { ...filters, status, ...(cause && { cause }) }, firstPage(MAX_AT_ONCE + 1));
  const ids = only === undefined ? ticked : [only];
  if (ids.length === 0) throw new BadRequest('Tick at least one issue. Nothing was changed.');
  const chosen: ListedIssue[] = [];
  for (const id of ids) {
    const issue = await unlessGone(issues.get(app, id), { isOneOfMany: ids.length > 1 });
    if (issue !== null) chosen.push(issue);
  }
  if (chosen.length === 0) throw new NotFound('The issues are gone. Nothing was changed.');
  return chosen;
}

/** Each endpoint once, from the first message behind its issues on. */
function targetsOf(chosen: ListedIssue[]) {
  return [...Map.groupBy(chosen, (issue) => issue.endpointId)].map(([endpointId, ofEndpoint]) => ({
    endpointId,
    since: new Date(Math.min(...ofEndpoint.map(({ missedSince }) => missedSince.getTime()))),
  }));
}
