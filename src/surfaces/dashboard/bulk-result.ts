import type { Response } from 'express';
import type { App } from '#src/domain/apps/app.ts';
import {
  type BulkAction,
  type BulkResult,
  MAX_AT_ONCE,
  replaysMissed,
} from '#src/domain/replays/bulk-actions.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { viewHelpers } from '#src/surfaces/html/view-helpers.ts';
import { appHead } from './apps.ts';

const { plural, number } = viewHelpers;

/** Rows of what went well; all that was refused is listed. */
const SHOWN_DONE = 100;

interface Shown {
  app: App;
  action: BulkAction;
  results: BulkResult[];
  /** Where the selection was made. */
  back: { href: string; label: string };
  /** Whether more were meant than are done at once. */
  isCut?: boolean;
}

/** Tells what a bulk action did, by endpoint, what was refused first. Reloading it does nothing more. */
export async function renderBulkResult(
  res: Response,
  { app, action, results, back, isCut = false }: Shown,
): Promise<void> {
  const refused = results.filter(({ problem }) => problem !== null);
  const done = results.filter(({ problem }) => problem === null);
  const model = {
    app: appHead(app),
    back,
    heading: HEADINGS[action],
    summary: summaryOf(
      action,
      results.filter(({ isChanged, problem }) => isChanged || problem === null),
    ),
    refused: refused.map((one) => ({ ...row(app, one), text: refusalOf(action, one) })),
    done: done.slice(0, SHOWN_DONE).map((one) => ({ ...row(app, one), text: textOf(action, one) })),
    doneMore: Math.max(0, done.length - SHOWN_DONE),
    most: isCut ? MAX_AT_ONCE : null,
  };
  await renderPage(res, { view: 'endpoints/bulk', title: HEADINGS[action], model });
}

const HEADINGS: Record<BulkAction, string> = {
  turn_on_and_replay: 'Turn on and replay',
  turn_on: 'Turn on',
  replay: 'Replay what was missed',
  pause: 'Pause',
  resume: 'Resume',
  turn_off: 'Turn off',
};

const DONE: Record<Exclude<BulkAction, 'replay'>, [changed: string, already: string]> = {
  turn_on_and_replay: ['Turned on', 'Was on'],
  turn_on: ['Turned on', 'Was on'],
  pause: ['Paused', 'Was paused'],
  resume: ['Resumed', 'Was not paused'],
  turn_off: ['Turned off', 'Was off'],
};

function textOf(action: BulkAction, { isChanged, replayed }: BulkResult): string {
  const parts = [
    ...(action === 'replay' ? [] : [DONE[action][isChanged ? 0 : 1]]),
    ...(replayed === null ? [] : [sentAgain(replayed)]),
  ];
  return `${parts.join('; ')}.`;
}

/** Where the change was made, and the replay after it was refused, both are told. */
const refusalOf = (action: BulkAction, { isChanged, problem }: BulkResult): string | null =>
  isChanged && action !== 'replay' ? `${DONE[action][0]}, but not replayed. ${problem ?? ''}` : problem;

const sentAgain = (count: number) =>
  count === 0 ? 'nothing was missed' : `${plural(count, 'delivery goes', 'deliveries go')} out again`;

/** Of the endpoints that something was done to, or nothing had to; null: there is none. */
function summaryOf(action: BulkAction, done: BulkResult[]): string | null {
  if (done.length === 0) return null;
  const changed = done.filter(({ isChanged }) => isChanged).length;
  const deliveries = done.reduce((sum, { replayed }) => sum + (replayed ?? 0), 0);
  const words =
    action === 'replay'
      ? `${plural(done.length, 'endpoint is', 'endpoints are')} replayed`
      : `${number(changed)} of ${plural(done.length, 'endpoint', 'endpoints')} ${CHANGED[action]}`;
  const isReplayed = done.some(({ replayed }) => replayed !== null);
  const again = replaysMissed(action) && isReplayed ? `, and ${sentAgain(deliveries)}` : '';
  return `${words}${again}.`;
}

const CHANGED: Record<Exclude<BulkAction, 'replay'>, string> = {
  turn_on_and_replay: 'turned on',
  turn_on: 'turned on',
  pause: 'paused',
  resume: 'resumed',
  turn_off: 'turned off',
};

const row = (app: App, { endpoint, endpointId }: BulkResult) => ({
  endpoint: {
    subscriber: endpoint?.subscriber,
    url: endpoint?.url ?? endpointId.slice(0, 64),
    href: endpoint === null ? undefined : `/apps/${app.id}/endpoints/${endpoint.id}`,
  },
});
