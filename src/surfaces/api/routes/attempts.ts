import type { Container } from '#src/container.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { createAttemptPages } from '#src/surfaces/api/attempt-pages.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { listOf, operation } from '#src/surfaces/api/operation.ts';
import { readPage } from '#src/surfaces/api/page.ts';
import { attemptShape } from '#src/surfaces/api/presenters/attempt.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { attemptFilters, attemptFiltersOfEndpoint } from '#src/surfaces/api/schemas/attempts.ts';

type Parts = Pick<Container, 'attempts' | 'config' | 'directory' | 'executions' | 'messages'>;

export function attemptRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const { attempts } = container;
  const { presentOne, presentPage } = createAttemptPages(container);

  routes.at('/apps/:app/webhook_attempts', {
    get: operation({
      id: 'listAttempts',
      right: 'see',
      summary: 'List the webhook attempts of an app',
      query: attemptFilters,
      answers: { 200: listOf(attemptShape) },
      handle: async (call, { query: filters }) => {
        const app = await find.app(call);
        const known = await find.filters(app, filters);
        return limitHeavyReads(call, async () =>
          presentPage(app, await readPage(call, (paging) => attempts.search(app, known, paging))),
        );
      },
    }),
  });

  routes.at('/apps/:app/webhook_attempts/:attempt', {
    get: operation({
      id: 'getAttempt',
      right: 'see',
      summary: 'Get a webhook attempt',
      answers: { 200: attemptShape },
      handle: async (call) => {
        const app = await find.app(call);
        return presentOne(app, await attempts.get(app, call.id('attempt')));
      },
    }),
  });

  routes.at('/apps/:app/endpoints/:endpoint/webhook_attempts', {
    get: operation({
      id: 'listAttemptsOfEndpoint',
      right: 'see',
      summary: 'List the webhook attempts of an endpoint',
      query: attemptFiltersOfEndpoint,
      answers: { 200: listOf(attemptShape) },
      handle: async (call, { query: filters }) => {
        const app = await find.app(call);
        const { id: endpointId } = await find.endpointOfApp(call);
        const known = { ...(await find.filters(app, filters)), endpointId };
        const list = (paging: Paging) => attempts.search(app, known, paging);
        return limitHeavyReads(call, async () => presentPage(app, await readPage(call, list)));
      },
    }),
  });
}
