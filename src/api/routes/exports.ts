import { Router } from 'express';
import { z } from 'zod';
import type { Container } from '../../container.ts';
import { sendExport } from '../../http/send-export.ts';
import { callerOf } from '../authentication.ts';
import { MethodNotAllowed } from '../errors.ts';
import { parseInput } from '../input.ts';
import { operation } from '../operation.ts';
import type { DeclaredRoute } from '../routes.ts';
import { exportParameters } from '../schemas/exports.ts';

/** The one answer that is no page but a stream. */
export function exportRoutes(container: Container): Router {
  const router = Router();
  const route = router.route('/export');
  route.get(async (req, res) => {
    const { searchParams } = new URL(req.originalUrl, 'http://localhost');
    const given = Object.fromEntries([...searchParams].filter(([, value]) => value !== ''));
    const options = parseInput(exportParameters, given);
    await sendExport(container, { req, res, accountId: callerOf(res).accountId }, options);
  });
  route.all((req) => {
    throw new MethodNotAllowed(req.method, ['GET']);
  });
  return router;
}

/** As the description has it; what answers is above. */
export const exportOperation: DeclaredRoute = {
  path: '/export',
  method: 'get',
  operation: operation({
    id: 'exportAccount',
    summary: 'Download everything of the account, as lines of JSON',
    description:
      'The first line says what follows, the last counts the others: a file without it is not complete. Lines have a `type` and the members that the API answers.',
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
  }),
};
