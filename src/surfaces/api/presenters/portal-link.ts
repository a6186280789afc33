import { z } from 'zod';
import { named, time } from './shape.ts';

export const portalLinkShape = named(
  'PortalLink',
  'An address that shows a subscriber their endpoints. Whoever has it gets in: give it to nobody else.',
  z.object({
    url: z.string().meta({ examples: ['https://hooks.example.com/portal/eyJleH…'] }),
    expires_at: time('Until when it is good.'),
  }),
);

export function presentPortalLink(link: { url: string; expiresAt: Date }): z.output<typeof portalLinkShape> {
  return { url: link.url, expires_at: link.expiresAt };
}
