import type { Pool } from 'pg';
import { nextId, previousId } from '#src/infra/database/id-range.ts';
import { MAX_PAGE_BYTES, type Paging } from '#src/infra/lib/paging.ts';
import { mergeSteps } from './merge-steps.ts';
import { type Source, type Span, walkSpans } from './spans.ts';
import { filterInSlices } from './filter-in-slices.ts';
import type { TimeSlices } from './time-slices.ts';

/** A page of a search. */
export interface Found<T> {
  rows: T[];
  /** Set when the search reached its limit of work: the page ends early, and the next page's cursor is this id. */
  resumeAfter?: string;
}

interface SearchQuery<T> {
  source: Source;
  /** Words and filter terms that the block of a matching row contains. */
  requiredTerms: readonly string[];
  /** The ids between which the page lies. */
  range: Span;
  paging: Paging;
  /** Reads at most `limit` rows of a span that may match, in the order of the walk. */
  read: (span: Span, limit: number) => Promise<T[]>;
  isMatch: (row: T, slices: TimeSlices) => boolean | Promise<boolean>;
  /** Bytes of a row in memory. The page ends early with the row that makes it larger than a page may be. */
  bytesOf: (row: T) => number;
}

/**
 * Two common words that never meet in one row would make a search read every row, so a page reads at most these
 * blocks.
 */
const MAX_BLOCKS_READ = 60;
const MAX_MS = 1000;
/** A payload may be a megabyte, and two searches run at a time in a process. */
const MAX_ROWS_PER_QUERY = 16;

/**
 * A page of the rows that match. Only blocks that may contain them are read, and the work is bounded: see
 * {@link Found}.
 */
export async function search<T extends { id: string }>(pool: Pool, query: SearchQuery<T>): Promise<Found<T>> {
  const { source, requiredTerms, range, paging } = query;
  const isBackwards = paging.after !== undefined;
  const page = new PageBuilder<T>(paging, query.bytesOf);
  const startedAt = performance.now();
  let blocksLeft = MAX_BLOCKS_READ;
  const steps = walkSpans(pool, { source, requiredTerms, range, isBackwards });
  for await (const { mayContain, count, ...span } of mergeSteps(steps, isBackwards)) {
    if (mayContain) {
      for await (const row of matchesIn(span, query)) {
        page.add(row);
        if (page.rowsLeft === 0) return { rows: page.newestFirst() };
        if (page.isFull) return { rows: page.newestFirst(), resumeAfter: row.id };
      }
      blocksLeft -= count;
    }
    const isAtEnd = isBackwards ? span.to >= range.to : span.from <= range.from;
    if (isAtEnd || (blocksLeft > 0 && performance.now() - startedAt < MAX_MS)) continue;
    return { rows: page.newestFirst(), resumeAfter: isBackwards ? previousId(span.to) : span.from };
  }
  return { rows: page.newestFirst() };
}

async function* matchesIn<T extends { id: string }>(
  span: Span,
  { read, isMatch, paging }: SearchQuery<T>,
): AsyncGenerator<T> {
  const limit = Math.min(paging.offset + paging.limit, MAX_ROWS_PER_QUERY);
  let unread = span;
  for (;;) {
    const rows = await read(unread, limit);
    yield* filterInSlices(rows, isMatch);
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    unread = paging.after === undefined ? { ...unread, to: last.id } : { ...unread, from: nextId(last.id) };
  }
}

/** Collects rows in the order of the walk, and drops those before the page's offset. */
class PageBuilder<T> {
  readonly #rows: T[] = [];
  readonly #paging: Paging;
  readonly #bytesOf: (row: T) => number;
  #toSkip: number;
  #bytes = 0;

  constructor(paging: Paging, bytesOf: (row: T) => number) {
    this.#paging = paging;
    this.#bytesOf = bytesOf;
    this.#toSkip = paging.offset;
  }

  get rowsLeft(): number {
    return this.#paging.limit - this.#rows.length + this.#toSkip;
  }

  add(row: T): void {
    if (this.#toSkip > 0) {
      this.#toSkip -= 1;
      return;
    }
    this.#rows.push(row);
    this.#bytes += this.#bytesOf(row);
  }

  get isFull(): boolean {
    return this.#bytes > MAX_PAGE_BYTES;
  }

  newestFirst(): T[] {
    return this.#paging.after === undefined ? this.#rows : this.#rows.toReversed();
  }
}
