import { z } from 'zod';
import { Conflict } from '#src/infra/lib/errors.ts';

const MAX_LENGTH = 128;

/**
 * Letters, digits and `_ . -`, but neither `.` nor `..`: URL parsers drop such a part of an address, `..` with the part
 * before it (RFC 3986, section 5.2.4), so that `DELETE …/endpoints/..` would delete what the endpoints belong to. No
 * lookaround, because the pattern is published and some languages have none.
 */
const PATTERN = /^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9_.-]*$/;

/** A uid: the caller's own id of an app, subscription or endpoint. Our ids have this form, too. */
export const anyUid = z
  .string()
  .max(MAX_LENGTH)
  .regex(PATTERN, 'must be 1 to 128 of the characters A-Z a-z 0-9 _ . -, and not "." or ".."');

export const isUid = (text: string): boolean => text.length <= MAX_LENGTH && PATTERN.test(text);

/**
 * Throws Conflict when a PUT that is addressed by `uid` has another one in its body, because the same request repeated
 * would make a second object. One that is addressed by our id may change the uid.
 */
export function requireSameUid(
  uid: string,
  body: string | null | undefined,
  known: { id: string } | null,
): void {
  if (body === undefined || body === uid || known?.id === uid.toLowerCase()) return;
  throw new Conflict(`The address names the uid ${uid}, and the body another. PATCH changes a uid.`);
}
