import { z } from 'zod';

export const newPortalLink = z
  .strictObject({
    expires_in: z
      .int()
      .min(60)
      .max(30 * 86_400)
      .default(3600)
      .describe('Seconds for which the link, and what it opens, is good: a minute to 30 days.'),
  })
  .meta({ id: 'PortalLinkInput' });
