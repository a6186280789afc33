import { z } from 'zod';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Found } from '#src/domain/search/search.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { type Cursor, decodeCursor, encodeCursor } from './cursor.ts';
import { parseInput } from './input.ts';
import { namesOf } from './strict-schemas.ts';

const DEFAULT_PER_PAGE = 25;
const MAX_PER_PAGE = 100;
const MAX_OFFSET = 1_000_000_000;
const MAX_DIGITS = 30;
const MAX_CURSOR_CHARACTERS = 100;

/** The smallest UUID: the cursor of the `prev` link on a page past the end of the list. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

interface Row {
  id: string;
}

export interface Page<T extends Row> {
  rows: T[];
  headers: Record<string, string>;
}

/**
 * One page of `list`, with its `Link` header. The links always use a cursor, relative to a row and not to a number of
 * rows, so that no row is missed or repeated while rows are added. Throws InvalidInput for parameters that are not
 * numbers and for a cursor that {@link encodeCursor} did not make.
 */
export async function readPage<T extends Row>(
  call: Call,
  list: (paging: Paging) => Promise<T[] | Found<T>>,
): Promise<Page<T>> {
  const {
    page,
    per_page: perPage,
    offset,
    cursor,
  } = parseInput(pageParameters, call.parameters(namesOf(pageParameters)));
  const skipped = cursor === undefined ? Math.min(MAX_OFFSET, (page - 1) * perPage + offset) : 0;
  // One row more than the page tells whether there is a next page, without a second query.
  const answer = await list({ limit: perPage + 1, offset: skipped, ...cursor });
  const { rows: found, resumeAfter }: Found<T> = Array.isArray(answer) ? { rows: answer } : answer;
  const hasMore = found.length > perPage;
  if (cursor !== undefined && 'after' in cursor) {
    const rows = found.slice(-perPage);
    const prev = hasMore ? rows[0]?.id : resumeAfter;
    return { rows, headers: linkHeader(call, { next: rows.at(-1)?.id, prev }) };
  }
  const rows = found.slice(0, perPage);
  const next = hasMore ? rows.at(-1)?.id : resumeAfter;
  const isFirst = cursor === undefined && skipped === 0;
  const prev = isFirst ? undefined : (rows[0]?.id ?? (resumeAfter === undefined ? BEFORE_ALL : undefined));
  return { rows, headers: linkHeader(call, { next, prev }) };
}

/** A page of rows that `present` turns into values, or into one JSON text each. */
export function pageOf<T extends Row>({ rows, headers }: Page<T>, present: (row: T) => unknown): Answer {
  return { status: 200, text: JSON.stringify(rows.map(present)), headers };
}

export function pageOfTexts<T extends Row>({ rows, headers }: Page<T>, present: (row: T) => string): Answer {
  return { status: 200, text: `[${rows.map(present).join(',')}]`, headers };
}

/** A number out of range is clamped, as common paging libraries do. */
const wholeNumber = ({ min, max, preset }: { min: number; max: number; preset: number }) =>
  z
    .string()
    .max(MAX_DIGITS + 1)
    .regex(/^[+-]?\d{1,30}$/, 'must be a whole number')
    .transform((text) => Math.min(max, Math.max(min, Number(text))))
    .default(preset)
    .meta({ type: 'integer', minimum: min, maximum: max, default: preset });

/** Query parameters of every list. */
export const pageParameters = z.strictObject({
  page: wholeNumber({ min: 1, max: MAX_OFFSET, preset: 1 }).describe('Which page, from 1.'),
  per_page: wholeNumber({ min: 1, max: MAX_PER_PAGE, preset: DEFAULT_PER_PAGE }).describe(
    `Rows of a page: ${String(DEFAULT_PER_PAGE)} if not given, at most ${String(MAX_PER_PAGE)}.`,
  ),
  offset: wholeNumber({ min: 0, max: MAX_OFFSET, preset: 0 }).describe('Rows to skip besides.'),
  cursor: z
    .string()
    .max(MAX_CURSOR_CHARACTERS)
    .describe(
      'Out of a `Link` header. Follow its addresses, and no row is missed or repeated while rows are added.',
    )
    .transform((text, context) => {
      const cursor = decodeCursor(text);
      if (cursor === undefined) context.addIssue('is not one that a Link header gave out');
      return cursor;
    })
    .optional(),
});

/** Next: what is older than an id. Prev: what is newer. */
function linkHeader(
  call: Call,
  { next, prev }: { next: string | undefined; prev: string | undefined },
): Record<string, string> {
  const links = [
    ...(next === undefined ? [] : [`<${addressOf(call, { before: next })}>; rel="next"`]),
    ...(prev === undefined ? [] : [`<${addressOf(call, { after: prev })}>; rel="prev"`]),
  ];
  return links.length === 0 ? {} : { link: links.join(', ') };
}

function addressOf(call: Call, cursor: Cursor): string {
  const query = call.query;
  query.delete('page');
  query.delete('offset');
  query.set('cursor', encodeCursor(cursor));
  return `${call.address}?${query.toString()}`;
}
