import { z } from 'zod';
import { CAPABILITIES } from '#src/domain/subscriptions/portal-capabilities.ts';
import type { PortalLink } from '#src/domain/subscriptions/portal-links.ts';
import { named, time } from './shape.ts';

export const portalLinkShape = named(
  'PortalLink',
  'An address at which a subscriber looks after their endpoints. Whoever has it gets in: give it to nobody else.',
  z.object({
    url: z.string().meta({ examples: ['https://hooks.example.com/portal/eyJleH…'] }),
    expires_at: time('Until when it is good.'),
    capabilities: z.array(z.enum(CAPABILITIES)).describe('What its reader may do there.'),
    single_use: z.boolean().describe('Whether it opens once.'),
  }),
);

export function presentPortalLink(link: PortalLink): z.output<typeof portalLinkShape> {
  const { url, expiresAt, capabilities, isSingleUse } = link;
  return { url, expires_at: expiresAt, capabilities, single_use: isSingleUse };
}
