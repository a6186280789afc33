import { createPrivateKey, X509Certificate } from 'node:crypto';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { type Auth, headersOfAuth, SECRET_OF } from './auth.ts';
import { asReceiversRead } from './reserved-headers.ts';
import type { EndpointRules } from './rules.ts';
import { BARE_MASK, maskOf, type SecretMask } from './secret-text.ts';
import type { StaticHeaders } from './static-headers.ts';

/** The secrets of an endpoint's rules, which are stored apart from them, encrypted. */
export interface RuleSecrets {
  /** Of `auth`. */
  auth?: string;
  /** The values of `headers`. */
  headers?: Record<string, string>;
}

/** Rules as they are stored and answered, with masks; and their secrets; null: they have none. */
export interface MaskedRules {
  rules: EndpointRules;
  secrets: RuleSecrets | null;
}

/**
 * Takes the secrets out of rules. `before` is what is stored: there a mask finds the secret that it stands for. Throws
 * InvalidInput for a mask that stands for nothing, and for what does not go together.
 */
export function takeSecrets(rules: EndpointRules, before: MaskedRules): MaskedRules {
  const secrets: RuleSecrets = {};
  const masked = { ...rules };
  if (rules.auth !== undefined) {
    const known = before.rules.auth?.type === rules.auth.type ? before.secrets?.auth : undefined;
    const secret = secretOfAuth(rules.auth, known);
    requireSameTokenUrl(rules.auth, before.rules.auth);
    if (secret !== undefined) {
      secrets.auth = secret;
      requireKeyPair(rules.auth, secret);
      masked.auth = withSecret(rules.auth, rules.auth.type === 'mtls' ? BARE_MASK : maskOf(secret));
    }
  }
  if (rules.headers !== undefined && Object.keys(rules.headers).length > 0) {
    requireNoneOfAuth(rules.headers, rules.auth);
    secrets.headers = mapValues(rules.headers, (value, name) =>
      plain(value, headerIn(before.secrets, name), `headers.${name}`),
    );
    masked.headers = mapValues(secrets.headers, maskOf);
  }
  return { rules: masked, secrets: Object.keys(secrets).length === 0 ? null : secrets };
}

/** Rules with their secrets in the place of the masks; a mask stays where there is none. */
export function putSecrets(rules: EndpointRules, secrets: RuleSecrets | null): EndpointRules {
  const { auth, headers } = rules;
  return {
    ...rules,
    ...(auth && secrets?.auth !== undefined && { auth: withSecret(auth, secrets.auth) }),
    ...(headers && { headers: mapValues(headers, (mask, name) => headerIn(secrets, name) ?? mask) }),
  };
}

/** Rules without those of which a secret is only a mask, and the names of these. */
export function withoutMasked(rules: EndpointRules): { rules: EndpointRules; left: string[] } {
  const { auth, headers, ...rest } = rules;
  const isAuthMasked = auth !== undefined && typeof memberOf(auth) === 'object';
  const areHeadersMasked = Object.values(headers ?? {}).some((value) => typeof value === 'object');
  const kept = {
    ...rest,
    ...(auth && !isAuthMasked && { auth }),
    ...(headers && !areHeadersMasked && { headers }),
  };
  return { rules: kept, left: [...(isAuthMasked ? ['auth'] : []), ...(areHeadersMasked ? ['headers'] : [])] };
}

/** A name may be that of a member of every object. */
const headerIn = (secrets: RuleSecrets | null, name: string) =>
  Object.hasOwn(secrets?.headers ?? {}, name) ? secrets?.headers?.[name] : undefined;

function secretOfAuth(auth: Auth, known: string | undefined): string | undefined {
  const value = memberOf(auth);
  return value === undefined ? undefined : plain(value, known, `auth.${String(SECRET_OF[auth.type])}`);
}

function memberOf(auth: Auth): string | SecretMask | undefined {
  const member = SECRET_OF[auth.type];
  return member === null ? undefined : (auth as unknown as Record<string, string | SecretMask>)[member];
}

const withSecret = (auth: Auth, secret: string | SecretMask) => ({
  ...auth,
  [String(SECRET_OF[auth.type])]: secret,
});

function plain(value: string | SecretMask, known: string | undefined, path: string): string {
  if (typeof value === 'string') return value;
  if (known !== undefined) return known;
  throw refusal(path, 'must be given, because none is stored that the mask could stand for');
}

/** A mask must not send a secret, which the caller may not know, to a place of the caller's choice. */
function requireSameTokenUrl(auth: Auth, before: Auth | undefined): void {
  if (auth.type !== 'oauth2_client_credentials' || typeof auth.client_secret === 'string') return;
  if (before?.type === auth.type && before.token_url === auth.token_url) return;
  throw refusal('auth.client_secret', 'must be given again, because `token_url` is another');
}

function requireKeyPair(auth: Auth, privateKey: string): void {
  if (auth.type !== 'mtls') return;
  const certificate = attempt(() => new X509Certificate(auth.certificate));
  if (certificate === undefined) throw refusal('auth.certificate', 'must be a certificate as PEM');
  const key = attempt(() => createPrivateKey(privateKey));
  if (key === undefined)
    throw refusal('auth.private_key', 'must be a private key as PEM, without a passphrase');
  if (!certificate.checkPrivateKey(key))
    throw refusal('auth.private_key', 'must be the key of the certificate');
}

function requireNoneOfAuth(headers: StaticHeaders, auth: Auth | undefined): void {
  const taken = new Set(headersOfAuth(auth).map(asReceiversRead));
  const name = Object.keys(headers).find((one) => taken.has(asReceiversRead(one)));
  if (name !== undefined)
    throw refusal('headers', `must not set ${JSON.stringify(name)}, which \`auth\` sets`);
}

function refusal(path: string, message: string): InvalidInput {
  return new InvalidInput(`${path} ${message}.`, { details: [{ path, message }] });
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

const mapValues = <V, W>(record: Record<string, V>, map: (value: V, name: string) => W): Record<string, W> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
