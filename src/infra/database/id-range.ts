import { firstIdAt } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The range of the ids of a page: from (inclusive) and to (exclusive). `since` is inclusive, `until` exclusive. */
export function idRange(
  filters: { since?: Date | undefined; until?: Date | undefined },
  paging: Paging,
): [string, string] {
  const from = filters.since === undefined ? firstIdAt(0) : firstIdAt(filters.since.getTime());
  const to = filters.until === undefined ? LAST_ID : firstIdAt(filters.until.getTime());
  const afterCursor = paging.after === undefined ? from : maxId(from, nextId(paging.after));
  return [afterCursor, paging.before === undefined || paging.before > to ? to : paging.before];
}

const maxId = (a: string, b: string) => (a > b ? a : b);

/** The id right after `id`. */
export function nextId(id: string): string {
  return besideId(id, 1n);
}

/** The id right before `id`. */
export function previousId(id: string): string {
  return besideId(id, -1n);
}

function besideId(id: string, distance: bigint): string {
  const digits = (BigInt(`0x${id.replaceAll('-', '')}`) + distance).toString(16).padStart(32, '0');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
