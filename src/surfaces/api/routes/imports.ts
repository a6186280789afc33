import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { operation, type RequestBody } from '#src/surfaces/api/operation.ts';
import { importShape } from '#src/surfaces/api/presenters/import.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';

const lines: RequestBody<AsyncIterable<Buffer>> = {
  contentType: 'application/x-ndjson',
  schema: z.unknown().meta({
    examples: [{ type: 'header', format: 'hostedhooks-export', version: 1 }],
  }),
  isRequired: true,
  description: 'What `GET /export` answered, of this account or another, as long as it is.',
  isStream: true,
  read: (call) => Promise.resolve(call.stream()),
};

export function importRoutes(routes: RouteTable, { imports }: Pick<Container, 'imports'>): void {
  routes.at('/import', {
    post: operation({
      id: 'importAccount',
      right: 'edit',
      summary: 'Take over what an export holds',
      description:
        'What the account has already stays as it is, so the same file can be sent again. Messages and attempts become history: nothing is sent. What was still owed is kept as `held`, for a replay. A message that a replay can send, because a delivery of it is `held` or `failed`, counts against the plan’s messages as if it was posted today. The others count against none of them, but a plan bounds how many may be imported in a calendar month: as many as it takes in the time for which it keeps them, and at least a month’s. At the first message or endpoint beyond a limit the import ends with 402 and names the line: sent again when there is room, the same file goes on there. Ids are kept where they are free; Hook Helpers get new addresses, and the endpoints that led to them follow. Lines that cannot be taken are passed over, and named in the answer: also one with a member, at any depth, that no export writes, and a message or attempt whose id was made longer ago than any plan keeps, or will be made more than a day from now.',
      body: lines,
      answers: { 200: importShape },
      errors: {
        402: 'The plan has no room for what a line brings: an app, event type, subscription, endpoint or Hook Helper (`plan_limit`), a message that can be sent (`message_quota`) or one of history (`import_limit`). `message` says how to get more, `details` which line. What stands before it is imported.',
        429: 'An import into the account is running.',
      },
      handle: async (call, { body }) => ok(await imports.run(call.accountId, body)),
    }),
  });
}
