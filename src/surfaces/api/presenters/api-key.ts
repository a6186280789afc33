import { z } from 'zod';
import { type ApiKey, SCOPES } from '#src/domain/api-keys/api-key.ts';
import { statusOf } from '#src/domain/api-keys/key-status.ts';
import { createdAt, id, named, optionalTime } from './shape.ts';

export const apiKeyShape = named(
  'ApiKey',
  'A key of the account, without the key itself.',
  z.object({
    id: id(),
    name: z.string().meta({ examples: ['Heroku'] }),
    prefix: z.string().describe('What it begins with, to tell keys apart.'),
    scopes: z.array(z.enum(SCOPES)).meta({ description: 'What it may do.', examples: [['read']] }),
    status: z.enum(['active', 'replaced', 'expiring', 'expired', 'revoked']),
    created_at: createdAt,
    last_used_at: optionalTime('When it was last used, to the minute.'),
    expires_at: optionalTime('Until when it works.'),
    revoked_at: optionalTime('Since when it does not work.'),
    grace_seconds: z
      .int()
      .nullable()
      .describe('For how long it works once its successor is in the config of your apps.'),
    config_updated_at: optionalTime('When it was put into the config of your apps.'),
    config_problem: z.string().nullable().describe('Why it could not be put there.'),
  }),
);

export const newApiKeyShape = named(
  'ApiKeyWithSecret',
  'A key that was just made.',
  apiKeyShape.extend({ api_key: z.string().describe('The key itself, shown only now.') }),
);

interface Now {
  /** Generation of the current key. */
  generation: number;
  nowMs: number;
}

export function presentApiKey(key: ApiKey, now: Now): z.output<typeof apiKeyShape> {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: key.scopes,
    status: statusOf(key, now),
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    grace_seconds: key.graceSeconds,
    config_updated_at: key.configUpdatedAt,
    config_problem: key.configUpdatedAt === null ? key.configProblem : null,
  };
}
