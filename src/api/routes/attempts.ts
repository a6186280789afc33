import type { Container } from '../../container.ts';
import type { Paging } from '../../lib/paging.ts';
import { createAttemptPages } from '../attempt-pages.ts';
import type { Find } from '../find.ts';
import { oneOfFew } from '../heavy-reads.ts';
import { listOf, operation } from '../operation.ts';
import { readPage } from '../page.ts';
import { attemptShape } from '../presenters/attempt.ts';
import type { Routes } from '../routes.ts';
import { attemptFilters } from '../schemas/attempts.ts';

export function attemptRoutes(routes: Routes, container: Container, find: Find): void {
  const { attempts } = container;
  const { presentOne, presentPage } = createAttemptPages(container);

  routes.at('/apps/:app/webhook_attempts', {
    get: operation({
      id: 'listAttempts',
      summary: 'List the webhook attempts of an app',
      query: attemptFilters,
      answers: { 200: listOf(attemptShape) },
      handle: async (call, { query: filters }) => {
        const app = await find.app(call);
        return oneOfFew(call, async () =>
          presentPage(app, await readPage(call, (paging) => attempts.find(app, filters, paging))),
        );
      },
    }),
  });

  routes.at('/apps/:app/webhook_attempts/:attempt', {
    get: operation({
      id: 'getAttempt',
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
      summary: 'List the webhook attempts of an endpoint',
      query: attemptFilters,
      answers: { 200: listOf(attemptShape) },
      handle: async (call, { query: filters }) => {
        const app = await find.app(call);
        const { id: endpointId } = await find.endpointOfApp(call);
        const list = (paging: Paging) => attempts.find(app, { ...filters, endpointId }, paging);
        return oneOfFew(call, async () => presentPage(app, await readPage(call, list)));
      },
    }),
  });
}
