import { z } from 'zod';
import type { Clock } from '#src/infra/lib/clock.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner, type TokenSigner } from '#src/infra/lib/signed-token.ts';
import type { Subscription } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';

interface Dependencies {
  subscriptions: Subscriptions;
  clock: Clock;
  appSecret: Secret;
  baseUrl: string;
}

/** The claims of a signed token: the subscriber of the portal, and when the access ends. */
const portalClaims = z.object({ accountId: z.uuid(), subscriptionId: z.uuid(), expiresAtMs: z.number() });
type PortalClaims = z.infer<typeof portalClaims>;

/**
 * Links that open the portal of one subscriber, and the sessions that the links open. Both are signed tokens without
 * a row. A session ends when its link does, and both end with their subscription. They are signed for different
 * purposes, so that a session's cookie cannot be used as a link.
 */
export class PortalLinks {
  readonly #deps: Dependencies;
  readonly #links: TokenSigner;
  readonly #sessions: TokenSigner;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#links = createTokenSigner(deps.appSecret, 'portal link', deps.clock);
    this.#sessions = createTokenSigner(deps.appSecret, 'portal session', deps.clock);
  }

  /** The link to the subscriber's portal, and when it expires. */
  make({ accountId, id }: Subscription, expiresInSeconds: number): { url: string; expiresAt: Date } {
    const expiresAtMs = this.#deps.clock.now() + expiresInSeconds * 1000;
    const token = this.#links.sign({ accountId, subscriptionId: id, expiresAtMs }, expiresInSeconds);
    return { url: `${this.#deps.baseUrl}/portal/${token}`, expiresAt: new Date(expiresAtMs) };
  }

  /** The token of the session that a link opens; null when the link is not ours or has expired. */
  open(token: string): { subscriptionId: string; session: string; expiresAt: Date } | null {
    const admitted = read(this.#links, token);
    if (admitted === null) return null;
    const leftSeconds = (admitted.expiresAtMs - this.#deps.clock.now()) / 1000;
    return {
      subscriptionId: admitted.subscriptionId,
      session: this.#sessions.sign(admitted, leftSeconds),
      expiresAt: new Date(admitted.expiresAtMs),
    };
  }

  /** The subscription of a session; null when the session has expired or the subscription was deleted. */
  async admit(session: string): Promise<Subscription | null> {
    const admitted = read(this.#sessions, session);
    if (admitted === null) return null;
    const { accountId, subscriptionId } = admitted;
    try {
      const found = await this.#deps.subscriptions.get(accountId, subscriptionId);
      // A provider may use the id of a deleted subscription as another one's uid.
      return found.id === subscriptionId ? found : null;
    } catch (error) {
      if (error instanceof NotFound) return null;
      throw error;
    }
  }
}

function read(signer: TokenSigner, token: string): PortalClaims | null {
  return portalClaims.safeParse(signer.verify(token)).data ?? null;
}
