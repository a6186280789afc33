import type { Pool } from 'pg';
import type { App } from '../apps/app.ts';
import { idRange } from '../database/id-range.ts';
import { NotFound } from '../lib/errors.ts';
import { isUuid } from '../lib/ids.ts';
import type { Paging } from '../lib/paging.ts';
import type { Attempt } from './attempt.ts';
import { parseHeaderLines } from './header-lines.ts';

export interface AttemptFilters {
  status?: 'success' | 'failed' | undefined;
  /** Null: without an answer. */
  statusCode?: number | null | undefined;
  eventType?: string | undefined;
  subscriptionId?: string | undefined;
  endpointId?: string | undefined;
  messageId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** When an attempt began; its id was made when it ended. */
const ATTEMPTED_AT = `(time_of_id(id) - duration_ms * interval '1 millisecond')`;

const COLUMNS = `account_id as "accountId", app_id as "appId", id, ${ATTEMPTED_AT} as "attemptedAt",
  message_id as "messageId",
  endpoint_id as "endpointId", subscription_id as "subscriptionId", event_type as "eventType",
  attempt_number as "attemptNumber", coalesce(trigger, 'automatic') as trigger, coalesce(outcome, 'status') as outcome,
  succeeded, status_code as "statusCode",
  duration_ms as "durationMs", json_build_object('dnsMs', dns_ms, 'connectMs', connect_ms, 'tlsMs', tls_ms,
    'firstByteMs', first_byte_ms) as timings, coalesce(error_message, '') as "errorMessage", response_headers as "responseHeaders",
  response_body as "responseBody", next_attempt_at as "nextAttemptAt"`;

/** Far above any deadline; a wider range than needed only costs the reading of a few rows. */
const LONGEST_ATTEMPT_MS = 3_600_000;

/** The attempts of an app's deliveries, as they are read; `pipeline/settle` writes them. */
export class Attempts {
  readonly #pool: Pool;

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
  }

  async list(app: App, filters: AttemptFilters, paging: Paging): Promise<Attempt[]> {
    const isBackwards = paging.after !== undefined;
    const values: unknown[] = [];
    const bind = (value: unknown) => `$${String(values.push(value))}`;
    const { since, until } = filters;
    // An attempt's id is made when it ended: not before it began, and not much later.
    const ended = { since, until: until && new Date(until.getTime() + LONGEST_ATTEMPT_MS) };
    const [from, to] = idRange(ended, paging);
    const conditions = [
      ...(since === undefined ? [] : [`${ATTEMPTED_AT} >= ${bind(since)}`]),
      ...(until === undefined ? [] : [`${ATTEMPTED_AT} <= ${bind(until)}`]),
      `id >= ${bind(from)}`,
      `id < ${bind(to)}`,
      ...equalities(app, filters).map(([column, value]) =>
        value === null ? `${column} is null` : `${column} = ${bind(value)}`,
      ),
    ];
    const { rows } = await this.#pool.query<AttemptRow>(
      `select ${COLUMNS} from attempts where ${conditions.join(' and ')}
       order by id ${isBackwards ? 'asc' : 'desc'} limit ${bind(paging.limit)} offset ${bind(paging.offset)}`,
      values,
    );
    const attempts = rows.map(attemptOf);
    return isBackwards ? attempts.reverse() : attempts;
  }

  /** The newest attempts of all apps of an account: the newest of each, because an index serves only those. */
  async latest(accountId: string, limit: number): Promise<Attempt[]> {
    const { rows } = await this.#pool.query<AttemptRow>(
      `select newest.* from apps cross join lateral (
         select ${COLUMNS} from attempts
         where attempts.account_id = $1 and attempts.app_id = apps.id order by id desc limit $2
       ) newest where apps.account_id = $1 order by newest.id desc limit $2`,
      [accountId, limit],
    );
    return rows.map(attemptOf);
  }

  async get(app: App, id: string): Promise<Attempt> {
    const { rows } = isUuid(id)
      ? await this.#pool.query<AttemptRow>(
          `select ${COLUMNS} from attempts where account_id = $1 and app_id = $2 and id = $3`,
          [app.accountId, app.id, id],
        )
      : { rows: [] };
    if (rows[0] === undefined) throw new NotFound(`The app has no webhook attempt ${id}.`);
    return attemptOf(rows[0]);
  }
}

type AttemptRow = Omit<Attempt, 'responseHeaders'> & { responseHeaders: string | null };

function attemptOf({ responseHeaders, ...fields }: AttemptRow): Attempt {
  return { ...fields, responseHeaders: responseHeaders === null ? null : parseHeaderLines(responseHeaders) };
}

/** Columns are our own words, never the caller's; only values are bound. */
function equalities(app: App, filters: AttemptFilters): [string, unknown][] {
  const all: [string, unknown][] = [
    ['account_id', app.accountId],
    ['app_id', app.id],
    ['succeeded', filters.status === undefined ? undefined : filters.status === 'success'],
    ['status_code', filters.statusCode],
    ['event_type', filters.eventType],
    ['subscription_id', filters.subscriptionId],
    ['endpoint_id', filters.endpointId],
    ['message_id', filters.messageId],
  ];
  return all.filter(([, value]) => value !== undefined);
}
