import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { RIGHTS } from '#src/domain/roles/roles.ts';
import { sendExport } from '#src/surfaces/http/send-export.ts';
import { callerOf } from '#src/surfaces/api/authentication.ts';
import { Call } from '#src/surfaces/api/call.ts';
import { refuseBody } from '#src/surfaces/api/no-body.ts';
import { operation, queryReader } from '#src/surfaces/api/operation.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { exportParameters } from '#src/surfaces/api/schemas/exports.ts';
import { requireScopes } from '#src/surfaces/api/require-scopes.ts';

type Parts = Pick<Container, 'clock' | 'exports'>;

/** The export: the only answer of the API that is a stream. */
export function exportRoutes(routes: RouteTable, container: Parts): void {
  routes.stream('/export', exportOperation, async (req, res) => {
    const call = new Call(req, res, '');
    const options = readQuery(call) as z.output<typeof exportParameters>;
    await refuseBody(call);
    const caller = callerOf(res);
    if (options.withSecrets) requireScopes(caller, RIGHTS.secrets.scope);
    await sendExport(container, { req, res, accountId: caller.accountId }, options);
  });
}

/** Declares the right and the description only, because the function above writes the stream. */
const exportOperation = operation({
  id: 'exportAccount',
  right: 'see',
  summary: 'Download everything of the account, as lines of JSON',
  description:
    'The first line says what follows, the last counts the others: a file without it is not complete. Lines have a `type` and the members that the API answers. Signing secrets come only when they are asked for, with a key that has the scope `admin`.',
  query: exportParameters,
  answers: {
    200: {
      shape: z.looseObject({ type: z.string() }),
      contentType: 'application/x-ndjson',
      headers: {
        'Cache-Control': 'Nobody keeps it.',
        'Content-Disposition': 'Names the file.',
        'Content-Encoding': 'gzip, for who accepts that.',
      },
    },
  },
  errors: { 429: 'An export of the account is running, or others are.' },
  handle: () => Promise.reject(new Error('The export is a stream')),
});

const readQuery = queryReader(exportOperation);
