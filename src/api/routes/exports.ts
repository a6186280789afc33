import { Router } from 'express';
import type { Container } from '../../container.ts';
import { sendExport } from '../../http/send-export.ts';
import { callerOf } from '../authentication.ts';
import { MethodNotAllowed } from '../errors.ts';
import { parseInput } from '../input.ts';
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
