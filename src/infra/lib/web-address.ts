import { text } from './text-schema.ts';

const MAX_LENGTH = 2048;

/** An http or https address that a page may link to: no `javascript:`, no name or password. */
export const webAddress = text(MAX_LENGTH)
  .min(1)
  .refine(isWebAddress, 'must be an https address, without a password');

function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return ['https:', 'http:'].includes(protocol) && username === '' && password === '';
}
