import type { Container } from '../../container.ts';
import { createAttemptPages } from '../attempt-pages.ts';
import type { Find } from '../find.ts';
import type { Paging } from '../../lib/paging.ts';
import { oneOfFew } from '../heavy-reads.ts';
import { readPage } from '../page.ts';
import type { Routes } from '../routes.ts';
import { attemptFilters } from '../schemas/attempts.ts';

export function attemptRoutes(routes: Routes, container: Container, find: Find): void {
  const { attempts } = container;
  const { presentOne, presentPage } = createAttemptPages(container);

  routes.at('/apps/:app/webhook_attempts', {
    get: async (call) => {
      const filters = call.parameters(attemptFilters);
      const app = await find.app(call);
      return oneOfFew(async () =>
        presentPage(app, await readPage(call, (paging) => attempts.list(app, filters, paging))),
      );
    },
  });

  routes.at('/apps/:app/webhook_attempts/:attempt', {
    get: async (call) => {
      const app = await find.app(call);
      return presentOne(app, await attempts.get(app, call.id('attempt')));
    },
  });

  routes.at('/apps/:app/endpoints/:endpoint/webhook_attempts', {
    get: async (call) => {
      const filters = call.parameters(attemptFilters);
      const app = await find.app(call);
      const { id: endpointId } = await find.endpointOfApp(call);
      const list = (paging: Paging) => attempts.list(app, { ...filters, endpointId }, paging);
      return oneOfFew(async () => presentPage(app, await readPage(call, list)));
    },
  });
}
