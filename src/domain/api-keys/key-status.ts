import type { ApiKey } from './api-key.ts';

/**
 * `replaced`: works until its successor is in the config of the customer's apps, and then for its grace. `expiring`:
 * works until that grace, or the expiry of a named key, is over.
 */
export type KeyStatus = 'active' | 'replaced' | 'expiring' | 'expired' | 'revoked';

type Dated = Pick<ApiKey, 'revokedAt' | 'expiresAt' | 'generation'>;

export function statusOf(
  key: Dated,
  { generation, nowMs }: { generation: number; nowMs: number },
): KeyStatus {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt.getTime() <= nowMs) return 'expired';
  if (key.generation === null) return 'active';
  if (key.expiresAt !== null) return 'expiring';
  return key.generation === generation ? 'active' : 'replaced';
}
