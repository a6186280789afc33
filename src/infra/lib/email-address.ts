import { domainToASCII } from 'node:url';

/** RFC 5321, section 4.1.2, without quotes: what mailboxes have. ASCII, because look-alikes of letters are others'. */
const LOCAL_PART = /^[\w.!#$%&'*+/=?^`{|}~-]+$/;

/**
 * The one form of an address by which people are found and written to: lower case, the domain as IDNA writes it; null
 * for what is no bare address. Compared as it is, because the rules of case of PostgreSQL and JavaScript differ.
 */
export function normalAddress(text: string): string | null {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(0, at));
  const domain = domainToASCII(text.slice(at + 1));
  return LOCAL_PART.test(local) && domain !== '' ? `${local.toLowerCase()}@${domain}` : null;
}
