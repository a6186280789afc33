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

/** How CGI and its heirs see a name: they cannot tell `_` from `-`, so neither may differ from ours by that alone. */
export const asReceiversRead = (name: string) => name.toLowerCase().replaceAll('_', '-');

/** Of a header that is refused, after the path. */
export const mustNotSet = (name: string) => `must not set ${JSON.stringify(name)}, which we set ourselves`;

/** What is wrong with a header that a customer names, as a predicate; undefined when nothing is. */
export function problemOfHeader(name: string, value: unknown): string | undefined {
  const quoted = JSON.stringify(name.slice(0, 100));
  if (!TOKEN.test(name)) return `cannot have the name ${quoted}`;
  if (isOurs(name)) return mustNotSet(name);
  if (typeof value !== 'string' || !VALUE.test(value)) {
    return `must have for ${quoted} a text of at most 1000 printable ASCII characters`;
  }
  return undefined;
}

function isOurs(name: string): boolean {
  if (name.toLowerCase().startsWith(OUR_CGI_PREFIX)) return true;
  const read = asReceiversRead(name);
  return OURS.has(read) || OUR_PREFIXES.some((prefix) => read.startsWith(prefix));
}
