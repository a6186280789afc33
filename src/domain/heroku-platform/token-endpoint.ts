import { z } from 'zod';
import type { Secret } from '#src/infra/lib/secret.ts';
import { OutboundError } from '#src/infra/outbound/outcome.ts';
import type { TrustedAnswer, TrustedCaller } from '#src/infra/outbound/trusted-caller.ts';

export interface Tokens {
  accessToken: string;
  /** Undefined when a refresh left the old one valid. */
  refreshToken: string | undefined;
  expiresInSeconds: number;
}

/**
 * `refused`: Heroku does not accept the code or the refresh token, and a retry would not help. `unavailable`: Heroku
 * did not answer, or did not accept our client secret, which we may mend. Each is a sentence without Heroku's own text,
 * which might quote our request.
 */
export type TokenOutcome =
  | { tokens: Tokens }
  | { refused: string; tokens?: undefined }
  | { unavailable: string; tokens?: undefined; refused?: undefined };

export type TokenRequest =
  { grant_type: 'authorization_code'; code: string } | { grant_type: 'refresh_token'; refresh_token: string };

interface Endpoint {
  caller: TrustedCaller;
  idUrl: string;
  clientSecret: Secret;
}

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.number().positive(),
});

/** Requests tokens. The secrets go into a form's body, because query strings end up in logs. */
export async function requestTokens(
  { caller, idUrl, clientSecret }: Endpoint,
  request: TokenRequest,
): Promise<TokenOutcome> {
  const form = new URLSearchParams({ ...request, client_secret: clientSecret.reveal() });
  try {
    const answer = await caller.call({
      method: 'POST',
      url: `${idUrl}/oauth/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
    });
    return readAnswer(answer);
  } catch (error) {
    if (error instanceof OutboundError) return { unavailable: `${error.message}.` };
    throw error;
  }
}

function readAnswer({ status, text }: TrustedAnswer): TokenOutcome {
  if (status === 200 || status === 201) return readTokens(text);
  // 401 concerns our client secret, not the customer's grant.
  if (status === 401) return { unavailable: 'Heroku did not accept the client secret of HostedHooks (401).' };
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return { refused: `Heroku refused it (${String(status)})` };
  }
  return { unavailable: `Heroku answered ${String(status)}.` };
}

function readTokens(text: string): TokenOutcome {
  const parsed = tokenAnswer.safeParse(parseJson(text));
  if (!parsed.success) return { unavailable: 'Heroku answered with something other than tokens.' };
  const {
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: expiresInSeconds,
  } = parsed.data;
  return { tokens: { accessToken, refreshToken: refreshToken ?? undefined, expiresInSeconds } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
