import { text } from './text-schema.ts';
import { problemOfUrlText } from './url-text.ts';

const MAX_LENGTH = 2048;

/** An http or https address that a page may link to: no `javascript:`, no name or password. */
export const webAddress = text(MAX_LENGTH)
  .min(1, { abort: true })
  .refine(isWebAddress, 'must be an https address, without a password or blanks');

/** An origin, as browsers send it: `https://app.example.com`. */
export const webOrigin = text(300)
  .min(1, { abort: true })
  .refine(
    (value) => isWebAddress(value) && new URL(value).origin === value.toLowerCase(),
    'must be an origin, like https://app.example.com, without a path',
  );

/** No host has a character that means something in a policy of a page; the parser lets `;` and `,` through. */
const HOST = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])$/;

function isWebAddress(value: string): boolean {
  if (problemOfUrlText(value) !== undefined || !URL.canParse(value)) return false;
  const { protocol, username, password, hostname } = new URL(value);
  return ['https:', 'http:'].includes(protocol) && username === '' && password === '' && HOST.test(hostname);
}
