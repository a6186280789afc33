import { isPlace } from '#src/infra/lib/place.ts';

/**
 * A place in a list, newest first: right before (older than) or after (newer than) a row. The row is named by its id,
 * or by two where its list is in the order of two.
 */
export type Cursor = { before: string } | { after: string };

/** Opaque to callers, so that its content may change. */
export function encodeCursor(cursor: Cursor): string {
  const text = 'before' in cursor ? `b${cursor.before}` : `a${cursor.after}`;
  return Buffer.from(text).toString('base64url');
}

/** Undefined for what {@link encodeCursor} did not make. */
export function decodeCursor(text: string): Cursor | undefined {
  const decoded = Buffer.from(text, 'base64url').toString('latin1');
  const id = decoded.slice(1);
  if (!isPlace(id) || id.startsWith(NO_ROWS_ID)) return undefined;
  if (decoded.startsWith('b')) return { before: id };
  return decoded.startsWith('a') ? { after: id } : undefined;
}

/** The largest UUID, which no row has. */
const NO_ROWS_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
