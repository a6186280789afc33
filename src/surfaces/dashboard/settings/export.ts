import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { EXPORT_TYPES } from '#src/domain/exports/export-options.ts';
import { sendExport } from '#src/surfaces/http/send-export.ts';
import { hasRight } from '#src/domain/roles/roles.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { PageRoutes, requireRight } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';

export function readExport({ role }: Visit) {
  return { maySeeSecrets: hasRight(role, 'secrets') };
}

/** The download of all data of the account, with the signing secrets when somebody asks for them who may see them. */
export function exportDownload(container: Pick<Container, 'clock' | 'exports'>): Router {
  const pages = new PageRoutes();
  pages.get('see', '/settings/export', async (req, res) => {
    const user = currentVisit(req);
    const { accountId } = user;
    const withSecrets = req.query['secrets'] === 'true';
    // Refused, because a file without the secrets would look as if the account had none.
    if (withSecrets) requireRight(user, 'secrets');
    await sendExport(container, { req, res, accountId }, { include: EXPORT_TYPES, withSecrets });
  });
  return pages.router;
}
