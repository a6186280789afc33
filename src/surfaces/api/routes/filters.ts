import type { Container } from '#src/container.ts';
import { testFilter } from '#src/domain/outbound-rules/filter.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { jsonRead } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import { filterVerdictShape, presentFilterVerdict } from '#src/surfaces/api/presenters/filter-verdict.ts';
import { parseFilterTest } from '#src/surfaces/api/read-message-input.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { filterTest } from '#src/surfaces/api/schemas/filter-test.ts';

export function filterRoutes(
  routes: RouteTable,
  { messages }: Pick<Container, 'messages'>,
  find: Find,
): void {
  routes.at('/apps/:app/filters/test', {
    post: operation({
      id: 'testFilter',
      right: 'see',
      summary: 'Try a filter on a message',
      description: 'On one that was posted, or on data of yours. Nothing is stored or sent.',
      body: jsonRead(filterTest, async (call) => parseFilterTest(await call.body())),
      answers: { 200: filterVerdictShape },
      handle: async (call, { body }) => {
        const app = await find.app(call);
        return limitHeavyReads(call, async () => {
          const { filter, message_id: id, headers = null, event_type: type = null, version = null } = body;
          const parts = { eventType: type, version, headers, contentType: null, data: body.dataText };
          const message = id === undefined ? parts : await messages.get(app, id);
          return ok(presentFilterVerdict(testFilter(filter, message)));
        });
      },
    }),
  });
}
