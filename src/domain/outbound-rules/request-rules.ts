import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type Auth, headersOfAuth } from './auth.ts';
import { putSecrets, type RuleSecrets } from './rule-secrets.ts';
import type { EndpointRules } from './rules.ts';
import { BOTH_SIGNATURES, type SignatureChoice } from './signature-choice.ts';

/** What the rules of an endpoint make of its requests, ready for sending. */
export interface RequestRules {
  headers: [name: string, value: string][];
  credentials: Credentials;
  /** The headers that the credentials set. */
  credentialHeaders: string[];
  signature: SignatureChoice;
  /** Why nothing can be sent, as the end of a sentence; null: all is well. */
  problem: string | null;
}

export type Credentials =
  | { type: 'none' }
  /** The same in each request. */
  | { type: 'headers'; headers: [name: string, value: string][] }
  /** `name=value`, for the query of the URL. */
  | { type: 'query'; parameter: string }
  | { type: 'hmac'; headersOf: (signed: Signed) => [name: string, value: string][] }
  | { type: 'oauth'; client: OAuthClient }
  | { type: 'mtls'; certificate: ClientCertificate };

export interface Signed {
  id: string;
  timestampSeconds: number;
  body: string | Buffer;
}

export interface OAuthClient {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scope: string | undefined;
  authentication: 'basic' | 'body';
  /** Another one for each other client: a token belongs to it. */
  fingerprint: string;
}

export interface ClientCertificate {
  certificate: string;
  privateKey: string;
  /** Another one for each other pair: no connection is shared between two. */
  fingerprint: string;
}

/**
 * Null when no rule touches the request. Once for each snapshot of an app. `open` may throw: then nothing can be sent
 * to this endpoint, and to the others it can.
 */
export function compileRequestRules(rules: EndpointRules, open: () => RuleSecrets): RequestRules | null {
  const { auth, headers, signature = BOTH_SIGNATURES } = rules;
  if (auth === undefined && headers === undefined && rules.signature === undefined) return null;
  const none: RequestRules = {
    headers: [],
    credentials: { type: 'none' },
    credentialHeaders: headersOfAuth(auth),
    signature,
    problem: null,
  };
  try {
    const revealed = putSecrets(rules, open());
    return {
      ...none,
      headers: Object.entries(revealed.headers ?? {}).map(([name, value]) => [name, given(value)]),
      credentials: revealed.auth === undefined ? none.credentials : credentialsOf(revealed.auth),
    };
  } catch {
    return {
      ...none,
      problem: 'a secret of its `auth` or `headers` cannot be decrypted: it must be set again',
    };
  }
}

function credentialsOf(auth: Auth): Credentials {
  switch (auth.type) {
    case 'none':
      return { type: 'none' };
    case 'basic': {
      const pair = Buffer.from(`${auth.username}:${given(auth.password)}`).toString('base64');
      return { type: 'headers', headers: [['authorization', `Basic ${pair}`]] };
    }
    case 'bearer':
      return { type: 'headers', headers: [['authorization', `Bearer ${given(auth.token)}`]] };
    case 'api_key':
      if (auth.in === 'header') return { type: 'headers', headers: [[auth.name, given(auth.value)]] };
      return {
        type: 'query',
        parameter: `${encodeURIComponent(auth.name)}=${encodeURIComponent(given(auth.value))}`,
      };
    case 'hmac':
      return { type: 'hmac', headersOf: signer(auth, createSecretKey(given(auth.secret), 'utf8')) };
    case 'oauth2_client_credentials': {
      const client = {
        tokenUrl: auth.token_url,
        clientId: auth.client_id,
        clientSecret: given(auth.client_secret),
        scope: auth.scope,
        authentication: auth.client_authentication,
      };
      return { type: 'oauth', client: { ...client, fingerprint: fingerprintOf(client) } };
    }
    case 'mtls': {
      const pair = { certificate: auth.certificate, privateKey: given(auth.private_key) };
      return { type: 'mtls', certificate: { ...pair, fingerprint: fingerprintOf(pair) } };
    }
  }
}

type Hmac = Extract<Auth, { type: 'hmac' }>;

function signer(auth: Hmac, key: KeyObject): (signed: Signed) => [string, string][] {
  const {
    template = '{body}',
    value = '{signature}',
    algorithm,
    encoding,
    timestamp_header: timeHeader,
  } = auth;
  const parts = template.split(/(\{(?:id|timestamp|body)\})/).filter((part) => part !== '');
  return ({ id, timestampSeconds, body }) => {
    const places = new Map<string, string | Buffer>([
      ['{id}', id],
      ['{timestamp}', String(timestampSeconds)],
      ['{body}', body],
    ]);
    const hmac = createHmac(algorithm, key);
    for (const part of parts) hmac.update(places.get(part) ?? part);
    places.set('{signature}', hmac.digest(encoding));
    const filled = value.replaceAll(/\{(?:id|timestamp|signature)\}/g, (place) => String(places.get(place)));
    const time: [string, string][] = timeHeader === undefined ? [] : [[timeHeader, String(timestampSeconds)]];
    return [[auth.header, filled], ...time];
  };
}

/** Throws for a mask, which stands where the secret was not found. */
function given(secret: string | object): string {
  if (typeof secret !== 'string') throw new TypeError('a secret is missing');
  return secret;
}

const fingerprintOf = (parts: object) =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16);
