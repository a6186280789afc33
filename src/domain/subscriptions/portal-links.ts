import type { Pool, PoolClient } from 'pg';
import type { z } from 'zod';
import { type Change, recordChange } from '#src/domain/audit/record-change.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner, type TokenSigner } from '#src/infra/lib/signed-token.ts';
import { CAPABILITIES, capabilitiesOf, type Capability, completed } from './portal-capabilities.ts';
import { type LinkClaims, linkClaims, type SessionClaims, sessionClaims } from './portal-claims.ts';
import { noteUse, raiseEpoch, selectRole } from './portal-link-rows.ts';
import type { Subscription } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';

interface Dependencies {
  pool: Pool;
  subscriptions: Subscriptions;
  clock: Clock;
  appSecret: Secret;
  baseUrl: string;
}

export interface NewPortalLink {
  expiresInSeconds: number;
  /** All of them by default. */
  capabilities?: readonly Capability[] | undefined;
  /** Whether it opens once. */
  singleUse?: boolean | undefined;
  returnUrl?: string | undefined;
  /** The page that it leads to, below the portal's home: `endpoints/ID/repair`. */
  path?: string | undefined;
  /** Who gets it, as the audit log names them. */
  email?: string | undefined;
  /** Who of the provider looks, and not the subscriber; a member, where it is one. */
  provider?: { email: string | undefined; memberId: string | null } | undefined;
}

export interface PortalLink {
  url: string;
  expiresAt: Date;
  capabilities: Capability[];
  isSingleUse: boolean;
}

/** A reader of the portal: whose it is, and what the reader may do there. */
export interface PortalVisit extends Pick<SessionClaims, 'capabilities' | 'returnUrl' | 'email'> {
  subscription: Subscription;
  isProvider: boolean;
}

/** What a link opens. */
export interface OpenedPortal {
  subscription: Subscription;
  /** The token of the session. */
  session: string;
  expiresAt: Date;
  path: string | undefined;
}

/**
 * Links that open the portal of one subscriber, and the sessions that the links open. Both are signed tokens without
 * a row. A session can do what its link could, and ends when its link does; both end with their subscription, or when
 * all links of it are ended. They are signed for different purposes, so that a session's cookie cannot be used as a
 * link.
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

  make(
    subscription: Pick<Subscription, 'accountId' | 'id' | 'portalEpoch'>,
    link: NewPortalLink,
  ): PortalLink {
    const { clock, baseUrl } = this.#deps;
    const { expiresInSeconds, singleUse = false, returnUrl, path, provider } = link;
    const expiresAtMs = clock.now() + expiresInSeconds * 1000;
    const capabilities = completed(link.capabilities ?? CAPABILITIES);
    const claims: LinkClaims = {
      accountId: subscription.accountId,
      subscriptionId: subscription.id,
      expiresAtMs,
      epoch: subscription.portalEpoch,
      capabilities,
      returnUrl,
      path,
      email: link.email ?? provider?.email,
      provider: provider && { memberId: provider.memberId },
      once: singleUse ? uuidv7(clock.now()) : undefined,
    };
    const token = this.#links.sign(claims, expiresInSeconds);
    const url = `${baseUrl}/portal/${token}`;
    return { url, expiresAt: new Date(expiresAtMs), capabilities, isSingleUse: singleUse };
  }

  /** A link as {@link make} makes it, which the account's audit log tells of: one that somebody asked for. */
  async issue(subscription: Subscription, link: NewPortalLink): Promise<PortalLink> {
    const made = this.make(subscription, link);
    const { capabilities, expiresAt, isSingleUse } = made;
    const details = { capabilities, expires_at: expiresAt, single_use: isSingleUse };
    const action = link.provider !== undefined ? 'portal_link.opened' : 'portal_link.created';
    await transaction(this.#deps.pool, (client) => this.#record(client, subscription, { action, details }));
    return made;
  }

  /** Null when the link is not ours, has expired, was ended or used up, or when its subscription was deleted. */
  async open(token: string): Promise<OpenedPortal | null> {
    const claims = read(linkClaims, this.#links, token);
    const subscription = claims === null ? null : await this.#subscriptionOf(claims);
    if (claims === null || subscription === null) return null;
    const { once, path, ...session } = claims;
    const nowMs = this.#deps.clock.now();
    const expiresAt = new Date(claims.expiresAtMs);
    const use = { id: once ?? '', expiresAt, now: new Date(nowMs) };
    if (once !== undefined && !(await noteUse(this.#deps.pool, subscription, use))) return null;
    const leftSeconds = (claims.expiresAtMs - nowMs) / 1000;
    return { subscription, session: this.#sessions.sign(session, leftSeconds), expiresAt, path };
  }

  /**
   * Null when the session is not ours, has expired or was ended, or when its subscription was deleted, or the member of
   * the provider who looks.
   */
  async admit(session: string): Promise<PortalVisit | null> {
    const claims = read(sessionClaims, this.#sessions, session);
    const subscription = claims === null ? null : await this.#subscriptionOf(claims);
    if (claims === null || subscription === null) return null;
    const { accountId, returnUrl, email, provider } = claims;
    const visit = { subscription, returnUrl, email, isProvider: provider !== undefined };
    const memberId = provider?.memberId ?? null;
    if (memberId === null) return { ...visit, capabilities: claims.capabilities };
    const role = await selectRole(this.#deps.pool, accountId, memberId);
    if (role === null) return null;
    const allowed = capabilitiesOf(role);
    return { ...visit, capabilities: claims.capabilities.filter((one) => allowed.includes(one)) };
  }

  /** Ends all links of the subscription that were made until now, and the sessions that they opened. */
  async endAll(subscription: Subscription): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      await raiseEpoch(client, subscription);
      await this.#record(client, subscription, { action: 'portal_links.ended' });
    });
  }

  async #record(
    db: PoolClient,
    { accountId, appId, id, name }: Subscription,
    deed: Pick<Change, 'action' | 'details'>,
  ): Promise<void> {
    const object = { type: 'subscriber', id, name };
    await recordChange({ db, clock: this.#deps.clock }, { ...deed, accountId, appId, object });
  }

  async #subscriptionOf({ accountId, subscriptionId, epoch }: SessionClaims): Promise<Subscription | null> {
    try {
      const found = await this.#deps.subscriptions.get(accountId, subscriptionId);
      // A provider may use the id of a deleted subscription as another one's uid.
      return found.id === subscriptionId && found.portalEpoch === epoch ? found : null;
    } catch (error) {
      if (error instanceof NotFound) return null;
      throw error;
    }
  }
}

function read<T>(claims: z.ZodType<T>, signer: TokenSigner, token: string): T | null {
  return claims.safeParse(signer.verify(token)).data ?? null;
}
