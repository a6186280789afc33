import type { Request } from 'express';
import { isUuid } from '../lib/ids.ts';
import type { Paging } from '../lib/paging.ts';

/** One page of a list with the links around it. */
export interface PageOf<T> {
  rows: T[];
  newer: string | undefined;
  older: string | undefined;
}

/** Reads a page by the cursor in the URL. One row more than shown is asked for: it tells whether there is a next page. */
export async function readPage<T extends { id: string }>(
  req: Request,
  size: number,
  read: (paging: Paging) => Promise<T[]>,
): Promise<PageOf<T>> {
  const before = cursor(req.query['before']);
  const after = before === undefined ? cursor(req.query['after']) : undefined;
  const rows = await read({ limit: size + 1, offset: 0, before, after });
  const hasMore = rows.length > size;
  const shown = after === undefined ? rows.slice(0, size) : rows.slice(-size);
  const hasOlder = after === undefined ? hasMore : true;
  const hasNewer = after === undefined ? before !== undefined : hasMore;
  return {
    rows: shown,
    newer: hasNewer ? link(req, 'after', shown[0]?.id) : undefined,
    older: hasOlder ? link(req, 'before', shown.at(-1)?.id) : undefined,
  };
}

/** This page's address with another cursor; the filters in it stay. */
function link(req: Request, name: 'after' | 'before', id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  const url = new URL(req.originalUrl, 'http://localhost');
  url.searchParams.delete('before');
  url.searchParams.delete('after');
  url.searchParams.set(name, id);
  return `${url.pathname}${url.search}`;
}

function cursor(value: unknown): string | undefined {
  return typeof value === 'string' && isUuid(value) ? value : undefined;
}
