import { z } from 'zod';

/** Which of our signatures a webhook has. */
export const signatureChoice = z
  .strictObject({
    hostedhooks: z.boolean().default(true).describe('`HostedHooks-Signature`, under the prefix of the app.'),
    standard_webhooks: z.boolean().default(true).describe('The `webhook-…` headers of Standard Webhooks.'),
  })
  .meta({
    id: 'SignatureChoice',
    description: 'Which of our signatures are sent; both at first.',
    examples: [{ hostedhooks: true, standard_webhooks: false }],
  });

export type SignatureChoice = z.output<typeof signatureChoice>;

export const BOTH_SIGNATURES: SignatureChoice = { hostedhooks: true, standard_webhooks: true };
