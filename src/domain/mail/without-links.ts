import { breakLinks } from '#src/infra/lib/break-links.ts';

/**
 * The data of mails that is no text of a customer's: URLs of our pages, and our own words. All other texts somebody may
 * choose so that a mail of ours leads to a page of theirs: names, URLs of endpoints, and addresses, which may hold a
 * domain before the @ though they were proved.
 */
const NO_NAMES = new Set([
  ...['appsUrl', 'link', 'pageUrl', 'passwordUrl', 'preferencesUrl', 'settingsUrl', 'signInUrl', 'signUpUrl'],
  'usageUrl',
  ...['advice', 'id', 'keyPrefix', 'kind', 'plan', 'reason', 'role', 'upgradeTo'],
]);

/** The data of a mail, with names that no mail client makes a link of. */
export function withoutLinks<T>(data: T, field = ''): T {
  if (typeof data === 'string') return (NO_NAMES.has(field) ? data : breakLinks(data)) as T;
  if (Array.isArray(data)) return data.map((one) => withoutLinks<unknown>(one, field)) as T;
  if (data === null || typeof data !== 'object' || data instanceof Date) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, withoutLinks<unknown>(value, name)]),
  ) as T;
}
