/** Which part of a list, newest first. A cursor (`before`, `after`) stays correct while rows are added; an offset not. */
export interface Paging {
  limit: number;
  offset: number;
  /** Only what is older than this id. */
  before?: string | undefined;
  /** Only what is newer than this id, the oldest of that first to be kept. */
  after?: string | undefined;
}

export const firstPage = (limit: number): Paging => ({ limit, offset: 0 });
