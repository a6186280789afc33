import type { AttemptOutcome } from '#src/domain/attempts/attempt.ts';
import type { OAuthClient, RequestRules } from '#src/domain/outbound-rules/request-rules.ts';
import type { PostResult } from '#src/infra/outbound/outcome.ts';
import type { Poster, PostRequest } from '#src/infra/outbound/post.ts';
import { type OAuthTokens, TokenRefused } from './oauth-tokens.ts';
import { type OutgoingWebhook, outgoingRequest } from './outgoing-request.ts';

/** How a send ended: on the network, or before it. */
export type SendResult = Omit<PostResult, 'outcome'> & { outcome: AttemptOutcome };

type Common = Omit<PostRequest, 'url' | 'headers'>;

interface Dependencies {
  poster: Poster;
  tokens: OAuthTokens;
  /** The one deadline over an attempt: over the request for a token, too. */
  timeoutMs: number;
}

/** Sends the webhooks of endpoints whose rules touch their requests. */
export class RulesSender {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Never rejects for the sake of the receiver, or of its token endpoint. */
  send(webhook: OutgoingWebhook, rules: RequestRules, common: Common): Promise<SendResult> {
    if (rules.problem !== null)
      return Promise.resolve(notSent(`Nothing was sent: ${rules.problem}`, performance.now()));
    if (rules.credentials.type === 'oauth')
      return this.#sendWithToken({ webhook, rules, common, client: rules.credentials.client });
    return this.#deps.poster.post({ ...common, ...outgoingRequest(webhook, rules) });
  }

  /** A token that had been kept, and is refused, is fetched anew, and the webhook sent once more. */
  async #sendWithToken(sending: {
    webhook: OutgoingWebhook;
    rules: RequestRules;
    common: Common;
    client: OAuthClient;
  }): Promise<SendResult> {
    const { webhook, rules, common, client } = sending;
    const { poster, timeoutMs, tokens } = this.#deps;
    const startedMs = performance.now();
    const leftMs = () => Math.max(1, timeoutMs - (performance.now() - startedMs));
    const attempt = async (isLast: boolean): Promise<SendResult> => {
      const asked = { endpointId: webhook.endpoint.id, account: common.account ?? '', client };
      const { token, wasKept } = await tokens.get(asked, leftMs());
      const request = outgoingRequest(webhook, rules, token);
      const result = await poster.post({ ...common, ...request, timeoutMs: leftMs() });
      if (result.statusCode !== 401) return result;
      tokens.drop(asked, token);
      return wasKept && !isLast ? attempt(true) : result;
    };
    try {
      return { ...(await attempt(false)), durationMs: performance.now() - startedMs };
    } catch (error) {
      if (error instanceof TokenRefused) return notSent(error.message, startedMs);
      throw error;
    }
  }
}

function notSent(errorMessage: string, startedMs: number): SendResult {
  return {
    outcome: 'auth_failed',
    statusCode: null,
    headers: [],
    bodyExcerpt: '',
    errorMessage,
    durationMs: performance.now() - startedMs,
    timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
    wasRepeated: false,
    mayBeTaken: false,
  };
}
