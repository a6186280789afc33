import { isIP } from 'node:net';
import { problemOfUrlText } from '#src/infra/lib/url-text.ts';
import { isPublicAddress } from './public-address.ts';

/** Which addresses webhooks may be sent to. Fails closed: an address that cannot be parsed or classified is refused. */
export interface AddressPolicy {
  allowsPrivateNetworks: boolean;
  allowsAddress(address: string): boolean;
  /** Whether the URL is one of our Hook Helpers, which may be at a private address and without https. */
  isTrusted(url: URL): boolean;
}

interface AddressPolicyOptions {
  allowsPrivateNetworks: boolean;
  /** `<BASE_URL>/r/`; undefined when BASE_URL is unknown. */
  trustedPrefix: string | undefined;
}

export function createAddressPolicy({
  allowsPrivateNetworks,
  trustedPrefix,
}: AddressPolicyOptions): AddressPolicy {
  const trusted = trustedPrefix === undefined ? undefined : new URL(trustedPrefix);
  // Without the slash, /r would trust /reports, too.
  const trustedPath = trusted === undefined ? '' : trusted.pathname.replace(/\/?$/, '/');

  return {
    allowsPrivateNetworks,
    allowsAddress: (address) => allowsPrivateNetworks || isPublicAddress(address),
    // A URL object is already normalised (`/r/../x` and `%2e%2e` are resolved). A path that is still encoded is
    // refused, because a proxy in front of us may decode `..%2f` where we do not; some proxies begin a parameter at
    // `;`.
    isTrusted: (url) =>
      url.origin === trusted?.origin &&
      url.username === '' &&
      url.password === '' &&
      url.pathname.startsWith(trustedPath) &&
      !/[%;]/.test(url.pathname),
  };
}

const MAX_URL_CHARACTERS = 2048;

/**
 * Why `text` cannot be saved as an endpoint's URL, as the rest of a sentence; undefined when it can. This check is
 * early feedback for the user. The security boundary is the connector, which checks the addresses at the time of
 * sending.
 */
export function checkUrl(text: string, policy: AddressPolicy): string | undefined {
  if (text.length > MAX_URL_CHARACTERS) return `must be at most ${String(MAX_URL_CHARACTERS)} characters`;
  const unseen = problemOfUrlText(text);
  if (unseen !== undefined) return unseen;
  const url = URL.parse(text);
  if (url === null) return 'must be a complete URL, like https://acme.example/webhooks';

  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return policy.allowsPrivateNetworks ? 'must begin with http:// or https://' : 'must begin with https://';
  }
  if (!COMPLETE.test(text)) return 'must be a complete URL, like https://acme.example/webhooks';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  // Every other port is allowed: receivers use many, and no plain-text protocol can be attacked through one, because
  // endpoints at public addresses are reached by https only. Port 0 is no port.
  if (url.port === '0') return 'must not use port 0';
  if (policy.allowsPrivateNetworks || policy.isTrusted(url)) return undefined;

  if (url.protocol !== 'https:') return 'must begin with https://';
  return checkHost(url.hostname.replace(/^\[(.*)\]$/, '$1'), policy);
}

/** With both slashes, and without a backslash in their place. */
const COMPLETE = /^https?:\/\/[^?#\\]*(?:[?#]|$)/i;

function checkHost(host: string, policy: AddressPolicy): string | undefined {
  if (isIP(host) !== 0) {
    return policy.allowsAddress(host) ? undefined : `must be at a public address, ${host} is not`;
  }
  const name = host.replace(/\.$/, '');
  return isLocalName(name) ? `must have a public host name, ${name} is not` : undefined;
}

/** Names that are never public: a single label, and the suffixes reserved or customary for local use. */
export function isLocalName(host: string): boolean {
  return LOCAL_NAME.test(host.replace(/\.$/, ''));
}

const LOCAL_NAME = /^[^.]*$|\.(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa)$/;
