import { z } from 'zod';
import { LIFETIME_SECONDS } from '#src/domain/evidence-links/evidence-link.ts';
import { idOrUid } from './fields.ts';

export const newEvidenceLink = z
  .strictObject({
    endpoint_id: idOrUid.meta({
      description: 'At which endpoint, by its id or your `uid`.',
      examples: ['globex-orders'],
    }),
    expires_in: z
      .int()
      .min(LIFETIME_SECONDS.min)
      .max(LIFETIME_SECONDS.max)
      .default(LIFETIME_SECONDS.usual)
      .describe('Seconds for which the link is good: an hour to 30 days, at first 7 days.'),
    include_payload: z
      .boolean()
      .default(false)
      .describe('Whether it shows the payload, and the bodies of the answers.'),
  })
  .meta({ id: 'EvidenceLinkInput' });
