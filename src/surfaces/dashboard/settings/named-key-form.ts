import { z } from 'zod';
import { type Scope, SCOPES } from '#src/domain/api-keys/api-key.ts';
import { text } from '#src/infra/lib/text-schema.ts';

const DAY_MS = 86_400_000;

/** The choices of the form: the key's lifetime in days. */
export const LIFETIMES = [
  ['', 'Until it is revoked'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'One year'],
] as const;

export const SCOPE_CHOICES: { scope: Scope; label: string; hint: string }[] = [
  { scope: 'messages:write', label: 'Send messages', hint: 'All that an app in production needs' },
  { scope: 'read', label: 'Read', hint: 'Everything but secrets, payloads among it' },
  { scope: 'admin', label: 'Manage', hint: 'Apps, endpoints, signing secrets, keys' },
];

const scope = z.enum(SCOPES, 'Choose what the key may do.');

export const namedKeyForm = z.strictObject({
  /** Id of the new key. Generated with the form, so that a resubmitted form creates no second key. */
  id: z.guid('Open the page again.'),
  key_name: text(255).trim().min(1, 'Give the key a name.'),
  scopes: z.union([z.array(scope), scope.transform((one) => [one])], 'Choose what the key may do.'),
  lasts: z.enum(LIFETIMES.map(([days]) => days)),
});

export const expiryOf = (lasts: string, nowMs: number): Date | null =>
  lasts === '' ? null : new Date(nowMs + Number(lasts) * DAY_MS);
