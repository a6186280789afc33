import type { Pool } from 'pg';
import { nextId, previousId } from '#src/infra/database/id-range.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { joinSteps } from './join-steps.ts';
import { type Source, type Span, walkSpans } from './spans.ts';
import { withPauses } from './with-pauses.ts';

/** A page of what was found. */
export interface Found<T> {
  rows: T[];
  /** It took too long to look through all: this page ends early, and the cursor of the next one is this id. */
  searchedTo?: string;
}

interface Hunt<T> {
  source: Source;
  words: readonly string[];
  /** The ids between which the page lies. */
  range: Span;
  paging: Paging;
  /** Rows of a span that may match, in the order of the walk, at most so many. */
  read: (span: Span, limit: number) => Promise<T[]>;
  isMatch: (row: T) => boolean;
}

/** Two common words that never meet would have all rows read: a page ends after so many runs of a thousand. */
const MAX_SPANS = 60;
const MAX_MS = 1000;
/** Payloads may be a megabyte each. */
const MAX_ROWS_AT_ONCE = 50;

/** A page of the rows that match, read where they can be. Its work is bounded; what is left follows by cursor. */
export async function search<T extends { id: string }>(pool: Pool, hunt: Hunt<T>): Promise<Found<T>> {
  const { source, words, range, paging } = hunt;
  const isBackwards = paging.after !== undefined;
  const page = new PageInTheMaking<T>(paging);
  const startedAt = performance.now();
  let spansLeft = MAX_SPANS;
  const steps = walkSpans(pool, { source, words, range, isBackwards });
  for await (const { mayHold, count, ...span } of joinSteps(steps, isBackwards)) {
    if (mayHold) {
      for await (const row of matchesIn(span, hunt)) {
        page.add(row);
        if (page.rowsLeft === 0) return { rows: page.inOrder() };
      }
      spansLeft -= count;
    }
    const isAtEnd = isBackwards ? span.to >= range.to : span.from <= range.from;
    if (isAtEnd || (spansLeft > 0 && performance.now() - startedAt < MAX_MS)) continue;
    return { rows: page.inOrder(), searchedTo: isBackwards ? previousId(span.to) : span.from };
  }
  return { rows: page.inOrder() };
}

async function* matchesIn<T extends { id: string }>(
  span: Span,
  { read, isMatch, paging }: Hunt<T>,
): AsyncGenerator<T> {
  const limit = Math.min(paging.offset + paging.limit, MAX_ROWS_AT_ONCE);
  let rest = span;
  for (;;) {
    const rows = await read(rest, limit);
    yield* withPauses(rows, isMatch);
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    rest = paging.after === undefined ? { ...rest, to: last.id } : { ...rest, from: nextId(last.id) };
  }
}

/** Rows in the order of the walk, without those that the page skips. */
class PageInTheMaking<T> {
  readonly #rows: T[] = [];
  readonly #paging: Paging;
  #toSkip: number;

  constructor(paging: Paging) {
    this.#paging = paging;
    this.#toSkip = paging.offset;
  }

  get rowsLeft(): number {
    return this.#paging.limit - this.#rows.length + this.#toSkip;
  }

  add(row: T): void {
    if (this.#toSkip > 0) this.#toSkip -= 1;
    else this.#rows.push(row);
  }

  /** Newest first. */
  inOrder(): T[] {
    return this.#paging.after === undefined ? this.#rows : this.#rows.toReversed();
  }
}
