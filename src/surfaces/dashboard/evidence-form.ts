import { z } from 'zod';

/** For how many seconds a link may be good. */
export const EVIDENCE_LIFETIMES = [
  ['3600', '1 hour'],
  ['86400', '1 day'],
  ['604800', '7 days'],
  ['2592000', '30 days'],
] as const;

export const USUAL_LIFETIME = '604800';

export const evidenceFields = z.strictObject({
  expires_in: z.enum(EVIDENCE_LIFETIMES.map(([seconds]) => seconds)).default(USUAL_LIFETIME),
  payload: z.literal('on').optional(),
});
