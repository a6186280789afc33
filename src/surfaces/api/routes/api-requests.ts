import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { listOf, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import {
  apiRequestShape,
  oneApiRequestShape,
  presentApiRequest,
  presentOneApiRequest,
} from '#src/surfaces/api/presenters/api-request.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { requestFilters } from '#src/surfaces/api/schemas/api-requests.ts';

export function apiRequestRoutes(routes: RouteTable, { apiRequests }: Pick<Container, 'apiRequests'>): void {
  routes.at('/account/requests', {
    get: operation({
      id: 'listApiRequests',
      right: 'see',
      summary: 'List the calls of this API',
      description:
        'Each that was refused, with its cause, up to a rate beyond which they are counted; and a sample of the others. They are kept for a week, or for as long as your plan keeps the log if that is shorter.',
      query: requestFilters,
      answers: { 200: listOf(apiRequestShape) },
      handle: (call, { query: filters }) =>
        limitHeavyReads(call, async () => {
          const page = await readPage(call, (paging) => apiRequests.list(call.accountId, filters, paging));
          return pageOf(page, presentApiRequest);
        }),
    }),
  });
  routes.at('/account/requests/:request', {
    get: operation({
      id: 'getApiRequest',
      right: 'see',
      summary: 'Get one call of this API',
      answers: { 200: oneApiRequestShape },
      handle: async (call) =>
        ok(presentOneApiRequest(await apiRequests.get(call.accountId, call.id('request')))),
    }),
  });
}
