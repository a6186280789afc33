import { z } from 'zod';
import { isMailKind, kindsFor, MAIL_KINDS, type MailKind } from '#src/domain/mail/mail-kinds.ts';
import type { MailPreferences } from '#src/domain/mail/mail-preferences.ts';
import type { Reader } from '#src/domain/mail/muted-mails.ts';

/** Which kinds of mails somebody wants; without `kinds`, none. */
export const mailChoice = z.strictObject({
  kinds: z.union([z.string().transform((kind) => [kind]), z.array(z.string())]).default([]),
});

/** The choices as a form shows them. */
export async function readMailChoice(preferences: Pick<MailPreferences, 'wanted'>, reader: Reader) {
  const wanted = await preferences.wanted(reader);
  return kindsFor(reader).map((kind) => ({
    kind,
    label: MAIL_KINDS[kind].label,
    isWanted: wanted.includes(kind),
  }));
}

/** The kinds that a form asks for. */
export function chosenKinds(body: unknown): MailKind[] {
  return mailChoice.parse(body ?? {}).kinds.filter(isMailKind);
}
