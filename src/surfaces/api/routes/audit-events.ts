import type { Container } from '#src/container.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { listOf, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import { auditEventShape, presentAuditEvent } from '#src/surfaces/api/presenters/audit-event.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { auditFilters } from '#src/surfaces/api/schemas/audit-events.ts';

export function auditEventRoutes(routes: RouteTable, { auditEvents }: Pick<Container, 'auditEvents'>): void {
  routes.at('/account/audit_events', {
    get: operation({
      id: 'listAuditEvents',
      right: 'see',
      summary: 'List who changed what in the account',
      description: 'It is kept for as long as your plan keeps the log.',
      query: auditFilters,
      answers: { 200: listOf(auditEventShape) },
      handle: (call, { query: filters }) =>
        limitHeavyReads(call, async () => {
          const page = await readPage(call, (paging) => auditEvents.list(call.accountId, filters, paging));
          return pageOf(page, presentAuditEvent);
        }),
    }),
  });
}
