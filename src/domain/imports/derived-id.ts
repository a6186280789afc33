import { createHash } from 'node:crypto';
import { isUuid } from '#src/infra/lib/ids.ts';

/**
 * The id for a row whose own id another account has. It keeps the millisecond of the old id, so that the order stays,
 * and is the same at every repeat, so that no row is imported twice.
 */
export function derivedId(accountId: string, id: string): string {
  const hash = createHash('sha256').update(`${accountId}:${id}`).digest('hex');
  const time = isUuid(id) ? id.slice(0, 13) : '00000000-0000';
  return `${time}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`.toLowerCase();
}
