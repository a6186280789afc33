import { isUuid } from '#src/infra/lib/ids.ts';

/** A place in a list, newest first: right before (older than) or after (newer than) a row. */
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
  if (!isUuid(id) || id !== id.toLowerCase() || id === NO_ROWS_ID) return undefined;
  if (decoded.startsWith('b')) return { before: id };
  return decoded.startsWith('a') ? { after: id } : undefined;
}

/** The largest UUID, which no row has. */
const NO_ROWS_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
