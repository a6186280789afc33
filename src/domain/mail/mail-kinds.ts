import type { TemplateName } from './templates.ts';

interface KindOfMail {
  /** What it tells, as a choice of a form. */
  label: string;
  /** Whether a subscriber may get it, or the account's team alone. */
  isForSubscribers: boolean;
  /** Whether it is about endpoints of an app, so that the channels of the app may be told. */
  isOfEndpoints: boolean;
}

/** What happens at an endpoint, of which its subscriber hears, too. */
const AT_ENDPOINTS = { isForSubscribers: true, isOfEndpoints: true };

/**
 * The kinds of mails that one may do without. What is not of a kind, like a new password, is always sent. All are on
 * until somebody turns them off; those about issues, too, because they tell only of issues of endpoints that are on and
 * not failing. An outage opens issues as well, but `endpoint_warned` and `endpoint_disabled` tell of it, and of its
 * cause.
 */
export const MAIL_KINDS = {
  endpoint_warned: { label: 'An endpoint begins to fail', ...AT_ENDPOINTS },
  endpoint_disabled: { label: 'An endpoint was turned off', ...AT_ENDPOINTS },
  endpoint_recovered: { label: 'An endpoint is well again', ...AT_ENDPOINTS },
  issue_opened: { label: 'An issue opens at an endpoint that is not failing', ...AT_ENDPOINTS },
  issue_resolved: { label: 'An issue of an endpoint is resolved', ...AT_ENDPOINTS },
  secret_rotated: { label: 'The signing secret of an endpoint was rotated', ...AT_ENDPOINTS },
  quota: { label: 'The messages of the month come to an end', isForSubscribers: false, isOfEndpoints: false },
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
  'issue-opened': 'issue_opened',
  'issue-resolved': 'issue_resolved',
  'secret-rotated': 'secret_rotated',
  'quota-warning': 'quota',
};

/** The kind of a mail to the team; null of one that is always sent. */
export const kindOf = (template: TemplateName): MailKind | null => KINDS[template] ?? null;
