import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { findPlan } from '#src/domain/plans/plans.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { AUDIT_FORMATS, sendAuditFile } from './audit-file.ts';
import { AUDIT_CHOICES, readAuditFilters } from './audit-filters.ts';
import { auditRow } from './audit-presenter.ts';

const PAGE_SIZE = 25;

/** Who did what in the account, and the same as a file. */
export function auditPages({ auditEvents, clock }: Pick<Container, 'auditEvents' | 'clock'>): Router {
  const pages = new PageRoutes();

  pages.get('see', '/settings/audit', async (req, res) => {
    const { accountId, account } = currentVisit(req);
    const { filters, ...asked } = readAuditFilters(req.query);
    const page = await readPage(req, PAGE_SIZE, (paging) => auditEvents.list(accountId, filters, paging));
    const model = {
      ...asked,
      ...AUDIT_CHOICES,
      page: { ...page, rows: page.rows.map(auditRow) },
      keptDays: findPlan(account.plan)?.retentionDays ?? null,
      files: AUDIT_FORMATS.map((format) => ({ format, href: fileOf(asked.shown, format) })),
    };
    await renderPage(res, { view: 'settings/audit', title: 'Audit log', model });
  });

  pages.get('see', '/settings/audit/file', async (req, res) => {
    const format = AUDIT_FORMATS.find((one) => one === req.query['format']);
    if (format === undefined) throw new BadRequest(`The format is ${AUDIT_FORMATS.join(' or ')}.`);
    const { filters, unheard } = readAuditFilters(req.query);
    // A file that holds more than was asked for would be taken for what was asked for.
    if (unheard !== undefined) throw new BadRequest(unheard);
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    await sendAuditFile(res, { format, day }, auditEvents.all(currentVisit(req).accountId, filters));
  });

  return pages.router;
}

function fileOf(shown: Record<string, string | undefined>, format: string): string {
  const given = Object.entries(shown).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
  return `/settings/audit/file?${new URLSearchParams([...given, ['format', format]] as [string, string][]).toString()}`;
}
