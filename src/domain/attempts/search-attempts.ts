import type { Pool } from 'pg';
import type { Paging } from '#src/infra/lib/paging.ts';
import { attemptFilterTerms } from '#src/domain/search/filter-terms.ts';
import { asciiTermsSql } from '#src/domain/search/ascii-terms.ts';
import { type Found, search } from '#src/domain/search/search.ts';
import type { Span } from '#src/domain/search/spans.ts';
import { matches } from '#src/domain/search/searched-texts.ts';
import type { Attempt } from './attempt.ts';
import {
  type AppKey,
  type AttemptFilters,
  attemptConditions,
  attemptRange,
  succeededOf,
} from './attempt-filters.ts';
import { ATTEMPT_COLUMNS, attemptOf, type AttemptRow } from './attempt-rows.ts';

/** Whether the filters need the search, because B-trees serve only all attempts of an app, an endpoint or a message. */
export function isSearched(filters: AttemptFilters): boolean {
  const { messageId, text, status, statusCode, statusClass, outcome, trigger, eventType, subscriptionId } =
    filters;
  if (text !== undefined) return true;
  const others = [status, statusCode, statusClass, outcome, trigger, eventType, subscriptionId];
  return messageId === undefined && others.some((of) => of !== undefined);
}

interface AttemptSearch {
  app: AppKey;
  filters: AttemptFilters;
}

/** A page of attempts by their texts and by filters that no B-tree serves. */
export async function searchAttempts(
  pool: Pool,
  { app, filters }: AttemptSearch,
  paging: Paging,
): Promise<Found<Attempt>> {
  const { text } = filters;
  const { rows, ...rest } = await search<SearchedRow>(pool, {
    source: { accountId: app.accountId, appId: app.id, list: 'attempts' },
    requiredTerms: [
      ...attemptFilterTerms({ ...filters, succeeded: succeededOf(filters) }),
      ...(text?.words ?? []),
    ],
    range: attemptRange(filters, paging),
    paging,
    read: (span, limit) =>
      readSpan(pool, { app, filters, span, isBackwards: paging.after !== undefined }, limit),
    bytesOf: ({ payload, responseBody }) => (payload?.length ?? 0) + (responseBody?.length ?? 0),
    isMatch: (row, slices) => {
      const { payload, eventType, eventId, responseBody, errorMessage } = row;
      const texts = [payload, eventType, eventId, responseBody, errorMessage];
      return text === undefined || matches(text, texts, slices);
    },
  });
  return { ...rest, rows: rows.map(({ payload: _, eventId: __, ...row }) => attemptOf(row)) };
}

type SearchedRow = AttemptRow & { payload: string | null; eventId: string | null };

/** SQL: the searched texts of an attempt, concatenated. */
const ATTEMPT_TEXT = `concat_ws(' ', payload, event_type, event_id, response_body, error_message)`;

async function readSpan(
  pool: Pool,
  { app, filters, span, isBackwards }: AttemptSearch & { span: Span; isBackwards: boolean },
  limit: number,
): Promise<SearchedRow[]> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${String(values.push(value))}`;
  const conditions = [
    `id >= ${bind(span.from)}`,
    `id < ${bind(span.to)}`,
    ...attemptConditions(app, filters, bind),
  ];
  const attempts = `select * from attempts where ${conditions.join(' and ')}`;
  const order = `order by id ${isBackwards ? 'asc' : 'desc'} limit ${bind(limit)}`;
  const { rows } = await pool.query<SearchedRow>(
    filters.text === undefined
      ? `select ${ATTEMPT_COLUMNS}, null as payload, null as "eventId" from (${attempts} ${order}) attempts`
      : `select ${ATTEMPT_COLUMNS}, payload, event_id as "eventId" from (${attempts}) attempts
         left join lateral (select data as payload, event_id from messages
           where messages.account_id = ${bind(app.accountId)} and messages.app_id = attempts.app_id
             and messages.id = attempts.message_id offset 0) message on true
         where ${asciiTermsSql(filters.text.asciiTerms, ATTEMPT_TEXT, bind)} ${order}`,
    values,
  );
  return rows;
}
