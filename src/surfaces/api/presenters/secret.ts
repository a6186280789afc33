import { z } from 'zod';
import type { LiveSecrets } from '#src/domain/endpoints/endpoint-secrets.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import { named, time } from './shape.ts';

export const secretShape = named(
  'EndpointSecret',
  'What the webhooks of an endpoint are signed with.',
  z.object({
    secret: z.string().meta({ examples: ['6d1f…'] }),
    standard_webhooks_secret: z
      .string()
      .meta({ description: 'The same, as libraries for Standard Webhooks take it.', examples: ['whsec_…'] }),
    previous: z
      .array(z.object({ secret: z.string(), expires_at: time('Until when it signs, too.') }))
      .meta({ description: 'Those that it replaced and that still sign.', examples: [[]] }),
  }),
);

export function presentSecret({ secret, previous }: LiveSecrets): z.output<typeof secretShape> {
  return {
    secret,
    standard_webhooks_secret: standardWebhooksSecret(secret),
    previous: previous.map(({ secret: old, expiresAt }) => ({ secret: old, expires_at: expiresAt })),
  };
}
