import { z } from 'zod';
import { normalAddress } from '#src/infra/lib/email-address.ts';
import { isReachable } from '#src/domain/mail/recipients.ts';

const MAX_EMAIL_CHARACTERS = 254;

/** An address as one types it, in its normal form. The mail proves it, so only what cannot be one is refused. */
export const emailField = z
  .string('Type your email address.')
  .trim()
  .min(1, 'Type your email address.')
  .max(MAX_EMAIL_CHARACTERS, `Use at most ${String(MAX_EMAIL_CHARACTERS)} characters.`)
  .transform((typed, context) => {
    const address = normalAddress(typed);
    if (address !== null && isReachable(address)) return address;
    context.addIssue('This is no email address that we can write to.');
    return z.NEVER;
  });
