/** A page of a list, newest first. A cursor (`before`, `after`) stays correct when rows are added, an offset not. */
export interface Paging {
  limit: number;
  offset: number;
  /** Only rows older than this id. */
  before?: string | undefined;
  /** Only rows newer than this id; the limit keeps the oldest of them. */
  after?: string | undefined;
}

export const firstPage = (limit: number): Paging => ({ limit, offset: 0 });
