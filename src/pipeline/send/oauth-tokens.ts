import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { OAuthClient } from '#src/domain/outbound-rules/request-rules.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { PostResult } from '#src/infra/outbound/outcome.ts';
import type { Poster } from '#src/infra/outbound/post.ts';

export interface TokenRequest {
  endpointId: string;
  /** Whose look-ups of names are counted together. */
  account: string;
  client: OAuthClient;
}

/** There is no token; the message is a sentence for people. */
export class TokenRefused extends Error {}

interface Kept {
  token: string;
  untilMs: number;
}

const MAX_KEPT = 10_000;
/** Of a token whose answer does not tell (RFC 6749, section 5.1). */
const USUAL_SECONDS = 300;
const MAX_SECONDS = 24 * 3600;
/** So much earlier a token is replaced, because a request with it is under way for a while. */
const MAX_MARGIN_SECONDS = 60;

const answer = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,12000}$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
  expires_in: z.coerce.number().min(0).max(1e12).optional(),
});
const refusal = z.object({ error: z.string().regex(/^[\w.-]{1,60}$/) });

/**
 * Tokens by the client credentials grant (RFC 6749, section 4.4), in memory. Each endpoint has its own, and one request
 * for it at a time.
 */
export class OAuthTokens {
  readonly #poster: Poster;
  readonly #clock: Clock;
  readonly #kept = new LRUCache<string, Kept>({ max: MAX_KEPT });
  readonly #underWay = new Map<string, Promise<string>>();

  constructor({ poster, clock }: { poster: Poster; clock: Clock }) {
    this.#poster = poster;
    this.#clock = clock;
  }

  /** Throws TokenRefused when there is none within the time. */
  async get(request: TokenRequest, timeoutMs: number): Promise<{ token: string; wasKept: boolean }> {
    const key = keyOf(request);
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#clock.now() < kept.untilMs) return { token: kept.token, wasKept: true };
    const underWay = this.#underWay.get(key) ?? this.#begin(key, request, timeoutMs);
    return { token: await underWay, wasKept: false };
  }

  /** Forgets the token, unless there is a newer one. */
  drop(request: TokenRequest, token: string): void {
    const key = keyOf(request);
    if (this.#kept.peek(key)?.token === token) this.#kept.delete(key);
  }

  #begin(key: string, request: TokenRequest, timeoutMs: number): Promise<string> {
    const fetching = this.#fetch(key, request, timeoutMs).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, fetching);
    return fetching;
  }

  async #fetch(
    key: string,
    { endpointId, account, client }: TokenRequest,
    timeoutMs: number,
  ): Promise<string> {
    const result = await this.#poster.post({
      ...formOf(client),
      url: client.tokenUrl,
      owner: `${endpointId} token`,
      account,
      timeoutMs,
    });
    const { data } = answer.safeParse(jsonOf(result));
    if (result.outcome !== 'status' || result.statusCode !== 200 || data === undefined)
      throw new TokenRefused(sentenceOf(client, result));
    const { access_token: token, expires_in: given = USUAL_SECONDS } = data;
    const seconds = Math.min(given, MAX_SECONDS);
    const margin = Math.min(MAX_MARGIN_SECONDS, seconds / 5);
    this.#kept.set(key, { token, untilMs: this.#clock.now() + (seconds - margin) * 1000 });
    return token;
  }
}

const keyOf = ({ endpointId, client }: TokenRequest) => `${endpointId} ${client.fingerprint}`;

/** Id and secret are encoded twice in HTTP Basic (RFC 6749, section 2.3.1). */
function formOf({ clientId, clientSecret, scope, authentication }: OAuthClient) {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined && scope !== '') form.set('scope', scope);
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  if (authentication === 'body') {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  } else {
    const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  return { headers, body: form.toString() };
}

const formEncoded = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);

function jsonOf({ bodyExcerpt }: PostResult): unknown {
  try {
    return JSON.parse(bodyExcerpt);
  } catch {
    return undefined;
  }
}

/** The answer itself is not quoted, because it may hold secrets: only the code of an error. */
function sentenceOf({ tokenUrl }: OAuthClient, result: PostResult): string {
  const nothing = 'Nothing was sent, because there is no token:';
  if (result.outcome !== 'status') return `${nothing} ${result.errorMessage}`;
  const host = URL.parse(tokenUrl)?.host ?? 'the token endpoint';
  const { data } = refusal.safeParse(jsonOf(result));
  const code = data === undefined ? '' : ` (${data.error})`;
  const without = result.statusCode === 200 ? ' without a bearer token' : '';
  return `${nothing} ${host} answered ${String(result.statusCode)}${without}${code}`;
}
