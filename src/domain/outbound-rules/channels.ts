import { z } from 'zod';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';

const MAX_LABEL = 64;
const LABEL = /^[A-Za-z0-9_.:-]+$/;

/** One label. */
export const channelLabel = z
  .string()
  .max(MAX_LABEL)
  .regex(LABEL, 'must be 1 to 64 of the characters A-Z a-z 0-9 _ . : -');

/** The labels by which messages and endpoints find each other. */
export const channels = z
  .array(channelLabel)
  .max(FIXED_LIMITS.channels.max)
  .meta({
    description:
      'A message with channels goes only to endpoints that have one of them, or none at all. A message without goes to all.',
    examples: [['eu', 'tenant-42']],
  });

/** Whether an endpoint with these channels takes a message with those. None on either side: it does. */
export function shareChannel(
  ofEndpoint: readonly string[] | null,
  ofMessage: readonly string[] | null,
): boolean {
  if (ofMessage === null || ofMessage.length === 0) return true;
  if (ofEndpoint === null || ofEndpoint.length === 0) return true;
  return ofEndpoint.some((channel) => ofMessage.includes(channel));
}
