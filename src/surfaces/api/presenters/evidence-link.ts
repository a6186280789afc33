import { z } from 'zod';
import type { EvidenceLink } from '#src/domain/evidence-links/evidence-link.ts';
import { id, named, time } from './shape.ts';

const fields = {
  id: id(),
  message_id: id('The message.'),
  endpoint_id: id('The endpoint.'),
  include_payload: z.boolean().describe('Whether it shows the payload, and the bodies of the answers.'),
  created_by: z
    .string()
    .describe('Who made it.')
    .meta({ examples: ['kim@acme.example'] }),
  created_at: time('When it was made.'),
  expires_at: time('Until when it is good.'),
};

export const evidenceLinkShape = named(
  'EvidenceLink',
  'A link that shows to whoever has it what became of a message at one endpoint, without secrets.',
  z.object(fields),
);

export const madeEvidenceLinkShape = named(
  'MadeEvidenceLink',
  'An evidence link with its address.',
  z.object({
    ...fields,
    url: z
      .string()
      .describe('Answered this once. Whoever has it sees the delivery.')
      .meta({ examples: ['https://hooks.example.com/evidence/eyJleH…'] }),
  }),
);

export function presentEvidenceLink(link: EvidenceLink): z.output<typeof evidenceLinkShape> {
  return {
    id: link.id,
    message_id: link.messageId,
    endpoint_id: link.endpointId,
    include_payload: link.showsPayload,
    created_by: link.createdBy,
    created_at: link.createdAt,
    expires_at: link.expiresAt,
  };
}
