import type { TemplateName } from './templates.ts';

interface KindOfMail {
  /** What it tells, as a choice of a form. */
  label: string;
  /** Whether a subscriber may get it, or the account's team alone. */
  isForSubscribers: boolean;
}

/** The kinds of mails that one may do without. What is not of a kind, like a new password, is always sent. */
export const MAIL_KINDS = {
  endpoint_warned: { label: 'An endpoint begins to fail', isForSubscribers: true },
  endpoint_disabled: { label: 'An endpoint was turned off', isForSubscribers: true },
  endpoint_recovered: { label: 'An endpoint is well again', isForSubscribers: true },
  secret_rotated: { label: 'The signing secret of an endpoint was rotated', isForSubscribers: true },
  quota: { label: 'The messages of the month come to an end', isForSubscribers: false },
} as const satisfies Record<string, KindOfMail>;

export type MailKind = keyof typeof MAIL_KINDS;

export const isMailKind = (name: unknown): name is MailKind =>
  typeof name === 'string' && Object.hasOwn(MAIL_KINDS, name);

/** The kinds that a reader may choose of. */
export const kindsFor = (who: { subscriptionId: string | null }): MailKind[] =>
  Object.entries(MAIL_KINDS)
    .filter(([, { isForSubscribers }]) => who.subscriptionId === null || isForSubscribers)
    .map(([kind]) => kind as MailKind);

const KINDS: Partial<Record<TemplateName, MailKind>> = {
  'endpoint-failing': 'endpoint_warned',
  'endpoint-disabled': 'endpoint_disabled',
  'endpoint-recovered': 'endpoint_recovered',
  'secret-rotated': 'secret_rotated',
  'quota-warning': 'quota',
};

/** The kind of a mail to the team; null of one that is always sent. */
export const kindOf = (template: TemplateName): MailKind | null => KINDS[template] ?? null;
