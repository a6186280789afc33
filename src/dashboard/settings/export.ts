import { Router } from 'express';
import type { Container } from '../../container.ts';
import { EXPORT_TYPES } from '../../exports/export-options.ts';
import { sendExport } from '../../http/send-export.ts';
import { currentUser } from '../session.ts';

/** What the section links to: everything of the account, with the signing secrets when they are asked for. */
export function exportDownload(container: Container): Router {
  const router = Router();
  router.get('/', async (req, res) => {
    const { accountId } = currentUser(req);
    const withSecrets = req.query['secrets'] === 'true';
    await sendExport(container, { req, res, accountId }, { include: EXPORT_TYPES, withSecrets });
  });
  return router;
}
