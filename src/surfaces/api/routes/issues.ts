import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { listOf, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import { issueShape, presentIssue } from '#src/surfaces/api/presenters/issue.ts';
import { presentReplay, replayShape } from '#src/surfaces/api/presenters/replay.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { issueChange, issueFilters } from '#src/surfaces/api/schemas/issues.ts';

type Parts = Pick<Container, 'endpoints' | 'issues' | 'replays'>;

export function issueRoutes(routes: RouteTable, { endpoints, issues, replays }: Parts, find: Find): void {
  routes.at('/apps/:app/issues', {
    get: operation({
      id: 'listIssues',
      right: 'see',
      summary: 'List what fails at the endpoints of an app',
      description:
        'Failures are put together by endpoint, cause and status. An issue opens when a delivery is given up, or an endpoint is marked as failing or turned off, and ends when the endpoint succeeds again.',
      query: issueFilters,
      answers: { 200: listOf(issueShape) },
      handle: (call, { query }) =>
        limitHeavyReads(call, async () => {
          const app = await find.app(call);
          const filters = await find.filters(app, query);
          return pageOf(await readPage(call, (paging) => issues.list(app, filters, paging)), presentIssue);
        }),
    }),
  });

  routes.at('/apps/:app/issues/:issue', {
    get: operation({
      id: 'getIssue',
      right: 'see',
      summary: 'Get an issue',
      answers: { 200: issueShape },
      handle: async (call) => ok(presentIssue(await issues.get(await find.app(call), call.id('issue')))),
    }),
    patch: operation({
      id: 'updateIssue',
      right: 'edit',
      summary: 'Acknowledge, resolve or open an issue again',
      body: json(issueChange),
      answers: { 200: issueShape },
      handle: async (call, { body: { status } }) =>
        ok(presentIssue(await issues.setStatus(await find.app(call), call.id('issue'), status))),
    }),
  });

  routes.at('/apps/:app/issues/:issue/replay', {
    post: operation({
      id: 'replayIssue',
      right: 'replay',
      summary: 'Replay what was missed behind an issue',
      description:
        'In the background: the failed and held deliveries of its endpoint, from the first message behind the issue on, ' +
        'or from the first one that was being retried when the endpoint was turned off.',
      answers: { 202: replayShape },
      errors: { 409: 'The endpoint is off, or is being replayed already.' },
      handle: async (call) => {
        const app = await find.app(call);
        const { endpointId, missedSince } = await issues.get(app, call.id('issue'));
        const endpoint = await endpoints.getOfApp(app, endpointId);
        const replay = await replays.startSince(endpoint, missedSince);
        return { ...ok(presentReplay(replay)), status: 202 };
      },
    }),
  });
}
