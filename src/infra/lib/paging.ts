/** A page of a list, newest first. A cursor (`before`, `after`) stays correct when rows are added, an offset not. */
export interface Paging {
  limit: number;
  offset: number;
  /** Only rows older than this id. */
  before?: string | undefined;
  /** Only rows newer than this id; the limit keeps the oldest of them. */
  after?: string | undefined;
}

/** Payloads of a page: one with more ends early. A single payload may be 1 MB. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;

export const firstPage = (limit: number): Paging => ({ limit, offset: 0 });
