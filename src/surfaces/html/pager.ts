import type { Request } from 'express';
import { isUuid } from '#src/infra/lib/ids.ts';
import { isPlace } from '#src/infra/lib/place.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Found } from '#src/domain/search/search.ts';

/** One page of a list with the links to the next newer and older page. */
export interface PageOf<T> {
  rows: T[];
  newer: string | undefined;
  older: string | undefined;
  /** The search stopped before it had read all rows; a link continues it. */
  isCutShort: boolean;
}

interface Cursors {
  /** The rows have places of two ids. */
  isByPlace?: boolean;
  /** What a cursor of the list looks like; by default an id. */
  isCursor?: (text: string) => boolean;
}

/** Reads a page by the cursor in the URL. One extra row is read, because it tells whether a next page exists. */
export async function readPage<T extends { id: string; place?: string }>(
  req: Request,
  size: number,
  read: (paging: Paging) => Promise<T[] | Found<T>>,
  { isByPlace = false, isCursor = isByPlace ? isPlace : isUuid }: Cursors = {},
): Promise<PageOf<T>> {
  const cursor = (value: unknown) => (typeof value === 'string' && isCursor(value) ? value : undefined);
  const before = cursor(req.query['before']);
  const after = before === undefined ? cursor(req.query['after']) : undefined;
  const answer = await read({ limit: size + 1, offset: 0, before, after });
  const { rows, resumeAfter }: Found<T> = Array.isArray(answer) ? { rows: answer } : answer;
  const hasMore = rows.length > size;
  const shown = after === undefined ? rows.slice(0, size) : rows.slice(-size);
  const [first, last] = [shown[0], shown.at(-1)].map((row) => row?.place ?? row?.id);
  const onwards = (id: string | undefined) => (hasMore ? id : resumeAfter);
  return {
    rows: shown,
    newer: link(req, 'after', after === undefined ? before && first : onwards(first)),
    older: link(req, 'before', after === undefined ? onwards(last) : last),
    isCutShort: resumeAfter !== undefined,
  };
}

/** The URL of the current page with another cursor and the same filters. */
function link(req: Request, name: 'after' | 'before', id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  const url = new URL(req.originalUrl, 'http://localhost');
  url.searchParams.delete('before');
  url.searchParams.delete('after');
  url.searchParams.set(name, id);
  return `${url.pathname}${url.search}`;
}
