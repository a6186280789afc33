import type { Request, Router } from 'express';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import { MessageLog } from '#src/domain/deliveries/log/message-log.ts';
import { countStates } from '#src/domain/deliveries/message-outcome.ts';
import type { Found } from '#src/domain/search/search.ts';
import { csvLine } from '#src/infra/lib/csv.ts';
import { BadRequest, NotFound } from '#src/infra/lib/errors.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { endpointNames } from '#src/surfaces/dashboard/endpoint-names.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { NDJSON, sendLines } from '#src/surfaces/http/send-export.ts';
import { attemptColumns, deliveryColumns, type ExportRow, messageColumns } from './export-columns.ts';
import {
  attemptFields,
  deliveryFields,
  LOG_FIELDS,
  type LogName,
  type LogQuery,
  messageFields,
} from './fields.ts';
import { readQuery } from './read-query.ts';
import { toAttemptFilters, toDeliveryFilters, toMessageFilters } from './to-filters.ts';

/** Rows of a file. The last line says when there are more. */
export const ROWS_OF_FILE = 10_000;
const ROWS_AT_A_TIME = 100;
/** Pages that are read for a file: a search that finds little ends many of them early. */
const PAGES_OF_FILE = 400;

type Parts = Pick<
  Container,
  'apps' | 'attempts' | 'clock' | 'deliveryLog' | 'exports' | 'messages' | 'models' | 'pool' | 'queue'
>;

/** A page of rows from a cursor on, and where it ended if there is more. */
type ReadRows = (paging: Paging) => Promise<{ rows: ExportRow[]; next: string | undefined }>;

/** The download of what the filters of a list let through, newest first, as CSV or lines of JSON. */
export function logExports(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, clock, exports, pool } = container;

  pages.get(
    'see',
    '/apps/:app/log_exports/:list',
    async (req: Request<{ app: string; list: string }>, res) => {
      const { accountId } = currentVisit(req);
      const app = await apps.get(accountId, req.params.app);
      const { list } = req.params;
      if (!isLogName(list)) throw new NotFound(`There is no list ${list}.`);
      const { format, ...query } = req.query;
      const isCsv = format === 'csv';
      const { shown, unheard } = readQuery(LOG_FIELDS[list], query);
      // A filter that is left out would make the file larger than what was asked for.
      if (unheard !== undefined || !(isCsv || format === 'ndjson'))
        throw new BadRequest('Export from the page of the log: it knows the filters and the formats.');
      const day = new Date(clock.now()).toISOString().slice(0, 10);
      const name = `${list}-${day}`;
      const file = isCsv
        ? { name: `${name}.csv`, contentType: 'text/csv; charset=utf-8' }
        : NDJSON(`${name}.ndjson`);
      await sendLines({ req, res }, file, async () => {
        const lines = linesOf(readerOf(container, app, { list, shown }), isCsv);
        const begun = exports.open(accountId, lines);
        const object = { type: 'app', id: app.id, name: app.name };
        // Without the values, because what was searched for may be a secret.
        const filters = Object.keys(shown).filter((one) => shown[one as keyof typeof shown] !== undefined);
        const details = { list, format: isCsv ? 'csv' : 'ndjson', filters };
        await recordChange(
          { db: pool, clock },
          { accountId, action: 'log.exported', object, appId: app.id, details },
        ).catch((error: unknown) => {
          begun.end();
          throw error;
        });
        return begun;
      });
    },
  );

  return pages.router;
}

const isLogName = (list: string): list is LogName => Object.hasOwn(LOG_FIELDS, list);

/** Each page is its own query, so that no transaction stays open while the client reads. */
async function* linesOf(read: ReadRows, isCsv: boolean): AsyncGenerator<string> {
  let before: string | undefined;
  let count = 0;
  let pages = 0;
  do {
    const { rows, next }: Awaited<ReturnType<ReadRows>> = await read({
      limit: Math.min(ROWS_AT_A_TIME, ROWS_OF_FILE - count),
      offset: 0,
      before,
    });
    const [first] = rows;
    const head = isCsv && count === 0 && first !== undefined ? csvLine(Object.keys(first)) : '';
    count += rows.length;
    const body = rows.map((row) => (isCsv ? csvLine(Object.values(row)) : `${JSON.stringify(row)}\n`));
    before = next;
    pages += 1;
    // Also of no rows, because others take their turn between the pages.
    yield head + body.join('');
  } while (before !== undefined && count < ROWS_OF_FILE && pages < PAGES_OF_FILE);
  yield endOf({ count, isComplete: before === undefined, isCsv });
}

/** Lines of JSON end with one that counts them; CSV has one more only where it is cut, because it would be a row. */
function endOf({ count, isComplete, isCsv }: { count: number; isComplete: boolean; isCsv: boolean }): string {
  if (!isCsv) return `${JSON.stringify({ type: 'end', rows: count, is_complete: isComplete })}\n`;
  if (isComplete) return count === 0 ? csvLine(['Nothing matches']) : '';
  const rows = count.toLocaleString('en-US');
  return csvLine([`Cut after ${rows} rows: there may be older ones. Filter by time to get them.`]);
}

function readerOf(container: Parts, app: App, { list, shown }: { list: LogName; shown: LogQuery }): ReadRows {
  const { attempts, clock, deliveryLog } = container;
  const now = clock.now();
  switch (list) {
    case 'webhook_attempts': {
      const filters = toAttemptFilters(attemptFields.parse(shown), now);
      return pageReader(
        (paging) => attempts.search(app, filters, paging),
        async (rows) => {
          const names = await endpointNames(container, rows);
          return rows.map((row) => attemptColumns(row, names));
        },
      );
    }
    case 'deliveries': {
      const filters = toDeliveryFilters(deliveryFields.parse(shown), now);
      return pageReader(
        (paging) => deliveryLog.search(app, filters, paging),
        async (rows) => {
          const names = await endpointNames(container, rows);
          return rows.map((row) => deliveryColumns(row, names));
        },
      );
    }
    case 'messages': {
      const log = new MessageLog(container);
      const filters = toMessageFilters(messageFields.parse(shown), now);
      return pageReader(
        (paging) => log.search(app, filters, paging),
        async (rows) => {
          const ids = rows.map(({ id }) => id);
          const outcomes = await countStates(container, app, ids);
          return rows.map((row) => messageColumns(row, outcomes.get(row.id) ?? []));
        },
      );
    }
  }
}

/** Where a search ended early its cursor goes on, and else the last row of a full page does. */
function pageReader<T extends { id: string; place?: string }>(
  search: (paging: Paging) => Promise<Found<T>>,
  toRows: (rows: T[]) => Promise<ExportRow[]>,
): ReadRows {
  return async (paging) => {
    const { rows, resumeAfter } = await search(paging);
    const last = rows.at(-1);
    const end = rows.length === paging.limit ? (last?.place ?? last?.id) : undefined;
    return { rows: await toRows(rows), next: resumeAfter ?? end };
  };
}
