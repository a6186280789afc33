import { createHash } from 'node:crypto';
import { isUuid } from '#src/infra/lib/ids.ts';

/**
 * The id that a thing of another account gets here: of the same millisecond, so that it stands where it stood, and the
 * same at every repetition, so that nothing comes twice.
 */
export function derivedId(accountId: string, id: string): string {
  const hash = createHash('sha256').update(`${accountId}:${id}`).digest('hex');
  const time = isUuid(id) ? id.slice(0, 13) : '00000000-0000';
  return `${time}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`.toLowerCase();
}
