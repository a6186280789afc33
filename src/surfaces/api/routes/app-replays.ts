import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { listOf, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import {
  appReplayShape,
  presentAppReplay,
  presentForecast,
  replayForecastShape,
} from '#src/surfaces/api/presenters/app-replay.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { newAppReplay } from '#src/surfaces/api/schemas/app-replays.ts';

/** Replays by filter. */
export function appReplayRoutes(
  routes: RouteTable,
  { appReplays }: Pick<Container, 'appReplays'>,
  find: Find,
): void {
  routes.at('/apps/:app/replays', {
    get: operation({
      id: 'listReplays',
      right: 'see',
      summary: 'List the replays by filter of an app',
      answers: { 200: listOf(appReplayShape) },
      handle: async (call) => {
        const app = await find.app(call);
        return pageOf(await readPage(call, (paging) => appReplays.list(app, paging)), presentAppReplay);
      },
    }),
    post: operation({
      id: 'startReplays',
      right: 'replay',
      summary: 'Replay what matches a filter',
      description:
        'In the background, from the oldest on, at all endpoints that are on. What was delivered meanwhile is not sent twice. With `dry_run` it answers what would be sent.',
      body: json(newAppReplay),
      answers: { 200: replayForecastShape, 202: appReplayShape },
      errors: { 409: 'Ten replays of the account are running.' },
      handle: async (call, { body: { filter, isDryRun } }) => {
        const app = await find.app(call);
        const known = await find.filters(app, filter);
        return limitHeavyReads(call, async () =>
          isDryRun
            ? ok(presentForecast(await appReplays.forecast(app, known)))
            : { ...ok(presentAppReplay(await appReplays.start(app, known))), status: 202 },
        );
      },
    }),
  });

  routes.at('/apps/:app/replays/:app_replay', {
    get: operation({
      id: 'getReplayOfApp',
      right: 'see',
      summary: 'See how far a replay by filter is',
      answers: { 200: appReplayShape },
      handle: async (call) =>
        ok(presentAppReplay(await appReplays.get(await find.app(call), call.id('app_replay')))),
    }),
  });

  routes.at('/apps/:app/replays/:app_replay/cancel', {
    post: operation({
      id: 'cancelReplayOfApp',
      right: 'replay',
      summary: 'Stop a replay by filter',
      answers: { 200: appReplayShape },
      handle: async (call) =>
        ok(presentAppReplay(await appReplays.cancel(await find.app(call), call.id('app_replay')))),
    }),
  });
}
