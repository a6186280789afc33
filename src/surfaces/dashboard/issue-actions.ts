import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { MISSED_STATES } from '#src/domain/deliveries/delivery.ts';
import type { IssueStatus, ListedIssue } from '#src/domain/issues/issue.ts';
import { BadRequest, Conflict } from '#src/infra/lib/errors.ts';
import type { NoticeName } from './frame/notices.ts';

/** Issues of a page, and of a bulk action. */
export const ISSUES_A_PAGE = 50;

type Verb = 'acknowledge' | 'resolve' | 'reopen' | 'replay';

const ACTION = /^(acknowledge|resolve|reopen|replay)(?: ([0-9a-f-]{36}))?$/;

/** The form of the list: the button of a row names its issue, those of the selection name none. */
export const issueActions = z.strictObject({
  action: z.string().regex(ACTION),
  issues: z.union([z.string().transform((id) => [id]), z.array(z.string()).max(ISSUES_A_PAGE)]).default([]),
});

const STATUS_AFTER: Record<Exclude<Verb, 'replay'>, IssueStatus> = {
  acknowledge: 'acknowledged',
  resolve: 'resolved',
  reopen: 'open',
};

type Parts = Pick<Container, 'endpoints' | 'issues' | 'replays'>;

/**
 * Does what the form asks for, to the issue of the button or to those that are ticked. Answers what to tell. Throws
 * BadRequest when none is ticked, NotFound, and Conflict when no replay could begin.
 */
export async function actOnIssues(container: Parts, app: App, body: unknown): Promise<NoticeName> {
  const form = issueActions.safeParse(body ?? {}).data;
  if (form === undefined) throw new BadRequest('Tick the issues and press a button of the list.');
  const [, verb, only] = ACTION.exec(form.action) as unknown as [string, Verb, string | undefined];
  const ids = only === undefined ? form.issues : [only];
  if (ids.length === 0) throw new BadRequest('Tick at least one issue. Nothing was changed.');
  if (verb === 'replay') return replayBehind(container, app, ids);
  for (const id of ids) await container.issues.setStatus(app, id, STATUS_AFTER[verb]);
  return 'issues_changed';
}

/** Turns the endpoints on, and replays what they missed, once for each endpoint. */
async function replayBehind(
  { endpoints, issues, replays }: Parts,
  app: App,
  ids: string[],
): Promise<NoticeName> {
  const chosen: ListedIssue[] = [];
  for (const id of ids) chosen.push(await issues.get(app, id));
  let running: Conflict | undefined;
  let started = 0;
  for (const [endpointId, ofEndpoint] of Map.groupBy(chosen, (issue) => issue.endpointId)) {
    const endpoint = await endpoints.getOfApp(app, endpointId);
    const on = await endpoints.update(endpoint, { status: 'active' });
    const since = new Date(Math.min(...ofEndpoint.map(({ missedSince }) => missedSince.getTime())));
    try {
      await replays.start(on, { states: MISSED_STATES, since });
      started += 1;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      running = error;
    }
  }
  if (running === undefined) return 'issues_replayed';
  if (started === 0) throw running;
  return 'issues_partly_replayed';
}
