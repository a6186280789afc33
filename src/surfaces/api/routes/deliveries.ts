import type { Container } from '#src/container.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { listOf, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import { listedDeliveryShape, presentListedDelivery } from '#src/surfaces/api/presenters/delivery.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { deliveryFilters } from '#src/surfaces/api/schemas/deliveries.ts';

export function deliveryRoutes(
  routes: RouteTable,
  { deliveryLog }: Pick<Container, 'deliveryLog'>,
  find: Find,
): void {
  routes.at('/apps/:app/deliveries', {
    get: operation({
      id: 'listDeliveriesOfApp',
      right: 'see',
      summary: 'List the deliveries of an app',
      description:
        'One for each endpoint that a message goes to, or is kept from, of the newest message first. A page may end early, or be empty, when few of many match: its `Link` goes on.',
      query: deliveryFilters,
      answers: { 200: listOf(listedDeliveryShape) },
      handle: async (call, { query: filters }) => {
        const app = await find.app(call);
        const known = await find.filters(app, filters);
        return limitHeavyReads(call, async () => {
          const read = await readPage(call, (paging) => deliveryLog.search(app, known, paging), {
            isByPlace: true,
          });
          return pageOf(read, presentListedDelivery);
        });
      },
    }),
  });
}
