import { z } from 'zod';
import { SCOPES } from '#src/domain/api-keys/api-key.ts';
import { moment, name } from './fields.ts';

const MAX_SECONDS = 30 * 86_400;

export const keyRotation = z
  .strictObject({
    grace_seconds: z
      .int()
      .min(0)
      .max(MAX_SECONDS)
      .default(86_400)
      .describe('For how long the old key works once the new one is in the config of your apps.'),
  })
  .meta({ id: 'ApiKeyRotationInput' });

const expiresAt = moment
  .nullable()
  .meta({ description: 'Until when it works; null: until it is revoked.', examples: [null] });

export const newApiKey = z
  .strictObject({
    name,
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .max(SCOPES.length)
      .optional()
      .meta({
        description: 'What it may do, at most what the key that makes it may; all of that if not given.',
        examples: [['messages:write']],
      }),
    expires_at: expiresAt.optional(),
  })
  .meta({ id: 'ApiKeyInput' });

export const apiKeyChange = z
  .strictObject({ name: name.optional(), expires_at: expiresAt.optional() })
  .meta({ id: 'ApiKeyPatch' });
