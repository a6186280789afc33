import { transaction } from '#src/infra/database/transaction.ts';
import { type Failure, reportFailures } from '#src/domain/issues/report-failures.ts';
import type { TestServer } from '#test/support/server.ts';
import type { Seeded } from './seed.ts';

/** Issues of two causes, as the outcomes of a bad day leave them. Answers the paths of their page. */
export async function seedIssues(
  { container }: TestServer,
  { accountId, attempt: id, paths }: Seeded,
): Promise<Record<string, string>> {
  const { announcements, pool } = container;
  const endpointIds = [paths['endpoint'], paths['endpoint-off']].map((path) => path?.split('/').at(-1) ?? '');
  const failures = endpointIds.flatMap((endpointId): Failure[] =>
    [500, 401].map((statusCode) => ({
      attempt: {
        ...{ id, accountId, endpointId, outcome: 'status', statusCode, responseHeaders: null },
        errorMessage: `webhooks.globex-production.example answered ${String(statusCode)}.`,
      },
      messageMs: Date.now(),
      isAmongSuccesses: false,
    })),
  );
  await transaction(pool, (db) => reportFailures({ db, announcements }, failures, new Date()));
  const issues = `${paths['app'] ?? ''}/issues`;
  return { issues, 'issues-none': `${issues}?status=resolved` };
}
