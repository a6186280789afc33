import { z } from 'zod';
import { CAPABILITIES } from '#src/domain/subscriptions/portal-capabilities.ts';
import { webAddress } from '#src/infra/lib/web-address.ts';

export const newPortalLink = z
  .strictObject({
    expires_in: z
      .int()
      .min(60)
      .max(30 * 86_400)
      .default(3600)
      .describe('Seconds for which the link, and what it opens, is good: a minute to 30 days.'),
    capabilities: z
      .array(z.enum(CAPABILITIES))
      .min(1)
      .max(CAPABILITIES.length)
      .optional()
      .describe(
        'What its reader may do: `view` (endpoints, events, attempts; always), `endpoints` (add, change, delete), `secrets` (reveal, rotate), `replay` (send tests and what was missed). By default all.',
      ),
    single_use: z.boolean().default(false).describe('Whether it opens once, in one browser.'),
    return_url: webAddress
      .optional()
      .describe('Where "back" leads, in place of the address that the app has.'),
  })
  .meta({ id: 'PortalLinkInput' })
  .transform((input) => ({
    expiresInSeconds: input.expires_in,
    capabilities: input.capabilities,
    singleUse: input.single_use,
    returnUrl: input.return_url,
  }));
