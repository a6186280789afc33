import { DEFAULT_HEADER_PREFIX, ownHeaders } from './own-headers.ts';

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const VALUE = /^[\t\x20-\x7e]{0,1000}$/;

/** How CGI and its heirs see a name: they cannot tell `_` from `-`, so neither may differ from ours by that alone. */
export const asReceiversRead = (name: string) => name.toLowerCase().replaceAll('_', '-');

const ownNames = (prefix: string) => new Set(Object.values(ownHeaders(prefix)).map(asReceiversRead));

/**
 * Headers that frame the request, and headers that we set ourselves; those under the default prefix in every app,
 * because it may get that prefix back. Other names under our prefixes are free.
 */
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
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
  ...ownNames(DEFAULT_HEADER_PREFIX),
]);
const PROXY_PREFIX = 'proxy-';
/** What CGI makes of a header would read as another header. */
const CGI_PREFIX = 'http_';

/** Of a header that is refused, after the path. */
export const mustNotSet = (name: string) => `must not set ${JSON.stringify(name)}, which we set ourselves`;

/** What is wrong with a header that a customer names, as a predicate; undefined when nothing is. */
export function problemOfHeader(name: string, value: unknown): string | undefined {
  const quoted = JSON.stringify(name.slice(0, 100));
  if (!TOKEN.test(name)) return `cannot have the name ${quoted}`;
  if (isReserved(name)) return mustNotSet(name);
  if (typeof value !== 'string' || !VALUE.test(value)) {
    return `must have for ${quoted} a text of at most 1000 printable ASCII characters`;
  }
  return undefined;
}

/** The first of the names that is one of our own under the prefix of an app; undefined: none is. */
export function findOwnHeader(names: string[], prefix: string): string | undefined {
  if (names.length === 0) return undefined;
  const own = ownNames(prefix);
  return names.find((name) => own.has(asReceiversRead(name)));
}

function isReserved(name: string): boolean {
  const read = asReceiversRead(name);
  return OURS.has(read) || read.startsWith(PROXY_PREFIX) || name.toLowerCase().startsWith(CGI_PREFIX);
}
