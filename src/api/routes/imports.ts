import { z } from 'zod';
import type { Container } from '../../container.ts';
import { ok } from '../answer.ts';
import { operation, type RequestBody } from '../operation.ts';
import { importShape } from '../presenters/import.ts';
import { PLAN_LIMIT } from '../refusals.ts';
import type { Routes } from '../routes.ts';

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

export function importRoutes(routes: Routes, { imports }: Container): void {
  routes.at('/import', {
    post: operation({
      id: 'importAccount',
      summary: 'Take over what an export holds',
      description:
        'What the account has already stays as it is, so the same file can be sent again. Messages and attempts become history: nothing is sent, and nothing is counted against the plan. Ids are kept where they are free. Lines that cannot be taken are passed over, and named in the answer.',
      body: lines,
      answers: { 200: importShape },
      errors: {
        402: `${PLAN_LIMIT} What came before stays imported.`,
        429: 'An import into the account is running.',
      },
      handle: async (call, { body }) => ok(await imports.run(call.accountId, body)),
    }),
  });
}
