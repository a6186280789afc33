import { z } from 'zod';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { asReceiversRead } from './own-headers.ts';

const MAX_HEADERS = FIXED_LIMITS.messageHeaders.max;

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const VALUE = /^[\t\x20-\x7e]{0,1000}$/;

/** Headers that frame the request, and headers that we set ourselves. */
const OURS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);
const OUR_PREFIXES = ['webhook-', 'hostedhooks-', 'proxy-'];
const OUR_CGI_PREFIX = 'http_';

/** The content type of a webhook whose body is sent as it was posted. */
export const contentType = z
  .string()
  .regex(/^[\t\x20-\x7e]{1,1000}$/, 'must be at most 1000 printable ASCII characters');

/** The provider's extra headers of a webhook. */
export const messageHeaders = z
  .custom<Record<string, unknown>>(isObject, 'must be an object of header names and values')
  .meta({ type: 'object', additionalProperties: { type: 'string', maxLength: 1000 } })
  .superRefine((headers, context) => {
    const problem = problemOf(Object.entries(headers));
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .transform((headers) => headers as Record<string, string>);

function problemOf(headers: [string, unknown][]): string | undefined {
  if (headers.length > MAX_HEADERS) return `must be at most ${String(MAX_HEADERS)}`;
  for (const [name, value] of headers) {
    const quoted = JSON.stringify(name.slice(0, 100));
    if (!TOKEN.test(name)) return `cannot have the name ${quoted}`;
    if (isOurs(name)) return mustNotSet(name);
    if (typeof value !== 'string' || !VALUE.test(value)) {
      return `must have for ${quoted} a text of at most 1000 printable ASCII characters`;
    }
  }
  return undefined;
}

/** Of a header that is refused, after the path. */
export const mustNotSet = (name: string) => `must not set ${JSON.stringify(name)}, which we set ourselves`;

function isOurs(name: string): boolean {
  if (name.toLowerCase().startsWith(OUR_CGI_PREFIX)) return true;
  const read = asReceiversRead(name);
  return OURS.has(read) || OUR_PREFIXES.some((prefix) => read.startsWith(prefix));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
