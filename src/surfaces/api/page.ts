import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { z } from 'zod';
import { MAX_PAGE_BYTES, type Paging } from '#src/infra/lib/paging.ts';
import type { Found } from '#src/domain/search/search.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { type Cursor, decodeCursor, encodeCursor } from './cursor.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import { invalid } from '#src/infra/lib/unknown-members.ts';
import { namesOf } from '#src/infra/lib/strict-schemas.ts';

const DEFAULT_PER_PAGE = 25;
const MAX_PER_PAGE = 100;
const MAX_OFFSET = 1_000_000_000;
const MAX_DIGITS = 30;
const MAX_CURSOR_CHARACTERS = 100;
const BYTES_WITHOUT_YIELD = 256 * 1024;

/** The smallest UUID: the cursor of the `prev` link on a page past the end of the list. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** A cursor says where the page begins, so that another place would be ignored. */
const BESIDE_A_CURSOR = { path: 'cursor', message: 'cannot be given together with page or offset' };
const OF_ANOTHER_LIST = { path: 'cursor', message: 'is of another list' };

interface Row {
  id: string;
  /** What a cursor names in place of the id, in a list whose order is that of two ids (`infra/lib/place.ts`). */
  place?: string;
}

export interface Page<T extends Row> {
  /** Newest first. */
  rows: T[];
  /** Whether the list was walked from older to newer rows, so that a page that is cut ends with its first row. */
  isBackwards: boolean;
  /** The `Link` header for the rows that are shown; they are fewer than {@link rows} when `isCut`. */
  linksOf(shown: Row[], isCut: boolean): Record<string, string>;
}

/**
 * One page of `list`, with its `Link` header. The links always use a cursor, relative to a row and not to a number of
 * rows, so that no row is missed or repeated while rows are added. Throws InvalidInput for parameters that are not
 * numbers, for a cursor that {@link encodeCursor} did not make, and for one beside another place.
 */
export async function readPage<T extends Row>(
  call: Call,
  list: (paging: Paging) => Promise<T[] | Found<T>>,
  { isByPlace = false }: { isByPlace?: boolean } = {},
): Promise<Page<T>> {
  const { page, per_page: perPage, offset, cursor } = pageParametersOf(call);
  if (cursor !== undefined && (page > 1 || offset > 0)) throw invalid([BESIDE_A_CURSOR]);
  if (cursor !== undefined && !isByPlace && placeIn(cursor).includes('.')) throw invalid([OF_ANOTHER_LIST]);
  const skipped = cursor === undefined ? Math.min(MAX_OFFSET, (page - 1) * perPage + offset) : 0;
  // One row more than the page tells whether there is a next page, without a second query.
  const answer = await list({ limit: perPage + 1, offset: skipped, ...cursor });
  const { rows: found, resumeAfter }: Found<T> = Array.isArray(answer) ? { rows: answer } : answer;
  const hasMore = found.length > perPage;
  if (cursor !== undefined && 'after' in cursor) {
    return {
      rows: found.slice(-perPage),
      isBackwards: true,
      linksOf: (shown, isCut) =>
        linkHeader(call, {
          next: cursorOf(shown.at(-1)),
          prev: hasMore || isCut ? cursorOf(shown[0]) : resumeAfter,
        }),
    };
  }
  const isFirst = cursor === undefined && skipped === 0;
  return {
    rows: found.slice(0, perPage),
    isBackwards: false,
    linksOf: (shown, isCut) => {
      const beforeFirst = cursorOf(shown[0]) ?? (resumeAfter === undefined ? BEFORE_ALL : undefined);
      return linkHeader(call, {
        next: hasMore || isCut ? cursorOf(shown.at(-1)) : resumeAfter,
        prev: isFirst ? undefined : beforeFirst,
      });
    },
  };
}

const cursorOf = (row: Row | undefined) => row?.place ?? row?.id;
const placeIn = (cursor: Cursor) => ('before' in cursor ? cursor.before : cursor.after);

/** A page of rows that `present` turns into values, or into one JSON text each. */
export function pageOf<T extends Row>(page: Page<T>, present: (row: T) => unknown): Promise<Answer> {
  return pageOfTexts(page, (row) => JSON.stringify(present(row)));
}

/**
 * The page ends before the row whose text would make it longer than {@link MAX_PAGE_BYTES}. Others are served between
 * its rows, because rows of 1 MB take milliseconds each.
 */
export async function pageOfTexts<T extends Row>(
  page: Page<T>,
  present: (row: T) => string | Promise<string>,
): Promise<Answer> {
  const texts = new Map<T, Buffer>();
  let bytes = 0;
  let bytesAtYield = 0;
  for (const row of walked(page)) {
    const text = Buffer.from(await present(row));
    texts.set(row, text);
    bytes += text.length;
    if (bytes > MAX_PAGE_BYTES) break;
    if (bytes - bytesAtYield < BYTES_WITHOUT_YIELD) continue;
    await yieldToEventLoop();
    bytesAtYield = bytes;
  }
  const { shown, isCut } = cutPage(page, MAX_PAGE_BYTES, (row) => texts.get(row)?.length ?? 0);
  return {
    status: 200,
    bytes: listOf(shown.map((row) => texts.get(row))),
    headers: page.linksOf(shown, isCut),
  };
}

function listOf(texts: (Buffer | undefined)[]): Buffer {
  const parts = texts.flatMap((text, index) =>
    text === undefined ? [] : index === 0 ? [text] : [COMMA, text],
  );
  return Buffer.concat([OPEN, ...parts, CLOSE]);
}

const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

/** The rows of a page, from where it begins, that weigh at most `max` together; at least one. */
export function cutPage<T extends Row>(
  page: Page<T>,
  max: number,
  weightOf: (row: T) => number,
): { shown: T[]; isCut: boolean } {
  let weight = 0;
  const rows = walked(page);
  const past = rows.findIndex((row, index) => {
    weight += weightOf(row);
    return weight > max && index > 0;
  });
  if (past === -1) return { shown: page.rows, isCut: false };
  const shown = rows.slice(0, past);
  return { shown: page.isBackwards ? shown.reverse() : shown, isCut: true };
}

/** The rows in the order in which the list was walked. */
const walked = <T extends Row>({ rows, isBackwards }: Page<T>): T[] =>
  isBackwards ? rows.toReversed() : rows;

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

/** What was parsed of the requests that are being answered. */
const parsed = new WeakMap<Call, z.output<typeof pageParameters>>();

/**
 * The page parameters of a request, parsed once: its operation validates them together with its others, and
 * {@link readPage} uses them. Throws InvalidInput.
 */
export function pageParametersOf(call: Call): z.output<typeof pageParameters> {
  const known = parsed.get(call);
  if (known !== undefined) return known;
  const read = parseInput(pageParameters, call.parameters(namesOf(pageParameters)));
  parsed.set(call, read);
  return read;
}

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
