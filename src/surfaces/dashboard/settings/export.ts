import { Router } from 'express';
import type { Container } from '#src/container.ts';
import { EXPORT_TYPES } from '#src/domain/exports/export-options.ts';
import { sendExport } from '#src/surfaces/http/send-export.ts';
import { ONLY_ADMINS } from '#src/domain/accounts/members.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { Forbidden } from '#src/infra/lib/errors.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';

/** Signing secrets are for admins only, because their holder can forge webhooks of the account for good. */
export function readExport({ role }: Visit) {
  return { maySeeSecrets: role === 'admin' };
}

/** The download of all data of the account, with the signing secrets when an admin asks for them. */
export function exportDownload(container: Pick<Container, 'clock' | 'exports'>): Router {
  const router = Router();
  router.get('/', async (req, res) => {
    const user = currentVisit(req);
    const { accountId } = user;
    const withSecrets = req.query['secrets'] === 'true';
    // Refused, because a file without the secrets would look as if the account had none.
    if (withSecrets && !readExport(user).maySeeSecrets) throw new Forbidden(ONLY_ADMINS);
    await sendExport(container, { req, res, accountId }, { include: EXPORT_TYPES, withSecrets });
  });
  return router;
}
