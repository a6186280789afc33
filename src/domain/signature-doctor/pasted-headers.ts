import { asReceiversRead } from '#src/domain/outbound-rules/reserved-headers.ts';

/** Headers by their names as {@link nameOf} makes them alike. */
export type PastedHeaders = Map<string, string>;

/** The name under which {@link readHeaders} gives a signature of ours that was pasted without its name. */
export const NAMELESS = '';

/**
 * Reads headers as people copy them: lines `Name: value`, curl's `-H 'Name: value'`, JSON, `NAME=value`, or the names
 * of CGI. Quotes and commas at the ends of a value are not the value's.
 */
export function readHeaders(text: string): PastedHeaders {
  const headers: PastedHeaders = new Map(membersOf(text));
  if (headers.size > 0) return headers;
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    const found = LINE.exec(line);
    const name = SIGNATURE.test(line) ? NAMELESS : found?.[1] && nameOf(found[1]);
    // The first, because the signature is sent under two names.
    if (name === undefined || headers.has(name)) continue;
    headers.set(name, name === NAMELESS ? line : unquoted(found?.[2] ?? ''));
  }
  return headers;
}

/** The name of a header without what frameworks change about it: case, `_` for `-`, and CGI's `HTTP_`. */
export function nameOf(name: string): string {
  return asReceiversRead(name).replace(/^http-/, '');
}

const SIGNATURE = /^t=\d+,\s?s=[0-9a-f]+$/i;
const LINE = /^\{?\s?(?:(?:-H|--header) )?["'$]{0,3}([A-Za-z][\w-]{0,200})["']?\s?(?::|=>|=)(.*)$/;

/** The members of a JSON object whose values are texts, or lists of one text. */
function membersOf(text: string): [string, string][] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, of]: [string, unknown]): [string, string][] => {
    const one: unknown = Array.isArray(of) ? of[0] : of;
    return typeof one === 'string' || typeof one === 'number' ? [[nameOf(name), String(one).trim()]] : [];
  });
}

const AROUND = ` \t"',;[]{}\\`;

/** Without what stands around a value in code. A loop, because a pattern would be quadratic in a run of spaces. */
function unquoted(value: string): string {
  let [start, end] = [0, value.length];
  while (start < end && AROUND.includes(value.charAt(start))) start += 1;
  while (start < end && AROUND.includes(value.charAt(end - 1))) end -= 1;
  return value.slice(start, end);
}
