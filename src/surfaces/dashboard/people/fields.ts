import { z } from 'zod';
import { isReachable } from '#src/domain/mail/recipients.ts';

const MAX_EMAIL_CHARACTERS = 254;

/** An address, as one types it. The mail proves it, so only what cannot be one is refused. */
export const emailField = z
  .string('Type your email address.')
  .trim()
  .min(1, 'Type your email address.')
  .max(MAX_EMAIL_CHARACTERS, `Use at most ${String(MAX_EMAIL_CHARACTERS)} characters.`)
  .refine(isReachable, 'This is no email address that we can write to.');
