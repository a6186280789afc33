import { z } from 'zod';
import { CAPABILITIES } from './portal-capabilities.ts';

/** What a session of the portal says: whose portal it is, what may be done there, and when it ends. */
export const sessionClaims = z.object({
  accountId: z.uuid(),
  subscriptionId: z.uuid(),
  expiresAtMs: z.number(),
  /** The subscription's `portalEpoch` when the link was made. */
  epoch: z.int(),
  capabilities: z.array(z.enum(CAPABILITIES)),
  /** Where "back" leads, in place of the app's address. */
  returnUrl: z.string().optional(),
  /** The address of who looks: an invited person, or the provider's, who opened the portal as the subscriber. */
  email: z.string().optional(),
  /**
   * Who of the provider looks: the visit ends with the member, and can do no more than the member's role. Null: of
   * Heroku's people, who is stored as nobody. Absent: the subscriber looks.
   */
  provider: z.object({ memberId: z.uuid().nullable() }).optional(),
});
export type SessionClaims = z.infer<typeof sessionClaims>;

/** What a link says. */
export const linkClaims = sessionClaims.extend({
  /** The id under which its one use is noted. */
  once: z.uuid().optional(),
  /** The page that it leads to, below the portal's home. */
  path: z.string().optional(),
});
export type LinkClaims = z.infer<typeof linkClaims>;
