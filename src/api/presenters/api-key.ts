import type { ApiKey } from '../../accounts/api-key.ts';
import { statusOf } from '../../accounts/key-status.ts';

interface Now {
  /** Of the current key. */
  generation: number;
  nowMs: number;
}

export function presentApiKey(key: ApiKey, now: Now) {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    status: statusOf(key, now),
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    grace_seconds: key.graceSeconds,
    config_updated_at: key.configUpdatedAt,
    config_problem: key.configUpdatedAt === null ? key.configProblem : null,
  };
}
