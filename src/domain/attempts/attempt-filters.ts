import type { App } from '#src/domain/apps/app.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Span } from '#src/domain/search/spans.ts';
import type { TextQuery } from '#src/domain/search/text-query.ts';
import type { AttemptOutcome, AttemptTrigger } from './attempt.ts';
import { ATTEMPTED_AT } from './attempt-rows.ts';
import { codesOf, type StatusClass } from './status-class.ts';

/** Which app's. */
export type AppKey = Pick<App, 'accountId' | 'id'>;

export interface AttemptFilters {
  status?: 'success' | 'failed' | undefined;
  /** Null: attempts without a response. */
  statusCode?: number | null | undefined;
  statusClass?: StatusClass | undefined;
  outcome?: AttemptOutcome | undefined;
  trigger?: AttemptTrigger | undefined;
  eventType?: string | undefined;
  subscriptionId?: string | undefined;
  endpointId?: string | undefined;
  messageId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Searched in the payload, the event type, the event id, the response's body and the error message. */
  text?: TextQuery | undefined;
}

/** Adds a bound value to a statement and answers its placeholder, like `$3`. */
export type Bind = (value: unknown) => string;

/** Longer than any attempt. A bound that is too wide only reads a few rows more. */
const MAX_ATTEMPT_MS = 3_600_000;

/**
 * The range of ids of a page. The id has the time of the attempt's end, which is at most MAX_ATTEMPT_MS after its
 * begin.
 */
export function attemptRange({ since, until }: AttemptFilters, paging: Paging): Span {
  const ended = { since, until: until && new Date(until.getTime() + MAX_ATTEMPT_MS) };
  const [from, to] = idRange(ended, paging);
  return { from, to };
}

/** SQL conditions for all filters but the text. Column names are constants, and every value is bound. */
export function attemptConditions(app: AppKey, filters: AttemptFilters, bind: Bind): string[] {
  const { since, until, statusClass } = filters;
  const codes = statusClass && codesOf(statusClass);
  return [
    ...equalities(app, filters).map(([column, value]) =>
      value === null ? `${column} is null` : `${column} = ${bind(value)}`,
    ),
    ...(codes === undefined ? [] : [`status_code between ${bind(codes[0])} and ${bind(codes[1])}`]),
    ...(since === undefined ? [] : [`${ATTEMPTED_AT} >= ${bind(since)}`]),
    ...(until === undefined ? [] : [`${ATTEMPTED_AT} < ${bind(until)}`]),
  ];
}

function equalities(app: AppKey, filters: AttemptFilters): [string, unknown][] {
  const { outcome, trigger } = filters;
  const all: [string, unknown][] = [
    ['account_id', app.accountId],
    ['app_id', app.id],
    ['succeeded', filters.status === undefined ? undefined : filters.status === 'success'],
    ['status_code', filters.statusCode],
    // What most attempts have is null in their rows.
    ['outcome', outcome === 'status' ? null : outcome],
    ['trigger', trigger === 'automatic' ? null : trigger],
    ['event_type', filters.eventType],
    ['subscription_id', filters.subscriptionId],
    ['endpoint_id', filters.endpointId],
    ['message_id', filters.messageId],
  ];
  return all.filter(([, value]) => value !== undefined);
}

/** Whether what the filters let through succeeded; undefined: they let through both. */
export function succeededOf({ status, statusClass, outcome }: AttemptFilters): boolean | undefined {
  if (status !== undefined) return status === 'success';
  const isFailure = statusClass === '4xx' || statusClass === '5xx' || (outcome ?? 'status') !== 'status';
  return isFailure ? false : undefined;
}
