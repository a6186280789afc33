import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { currentActor } from '#src/domain/audit/actor.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner, type TokenSigner } from '#src/infra/lib/signed-token.ts';
import type { EvidenceLink } from './evidence-link.ts';
import {
  countLinks,
  deleteLink,
  insertLink,
  linkOfToken,
  lockAccount,
  selectLinks,
} from './evidence-link-rows.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  appSecret: Secret;
  baseUrl: string;
}

export interface NewEvidenceLink {
  endpointId: string;
  expiresInSeconds: number;
  showsPayload: boolean;
}

type Subject = Pick<Message, 'accountId' | 'appId' | 'eventType' | 'id'>;

/**
 * Links that show what became of a message at one endpoint to whoever has them. The token of a link is signed, so that
 * one that is made up costs no look into the database, and kept as a hash, so that a link ends when its row does and
 * neither the database nor the key alone makes one.
 */
export class EvidenceLinks {
  readonly #deps: Dependencies;
  readonly #signer: TokenSigner;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#signer = createTokenSigner(deps.appSecret, 'evidence link', deps.clock);
  }

  /** Answers the link with its address, which is not known afterwards. Throws Conflict when there are too many. */
  async make(message: Subject, input: NewEvidenceLink): Promise<{ link: EvidenceLink; url: string }> {
    const { baseUrl, clock, pool } = this.#deps;
    const { endpointId, expiresInSeconds, showsPayload } = input;
    const now = new Date(clock.now());
    const { accountId, appId, id: messageId } = message;
    const actor = currentActor();
    const link: EvidenceLink = {
      ...{ id: uuidv7(clock.now()), accountId, appId, messageId, endpointId, showsPayload },
      createdBy: actor.email ?? CREATORS[actor.type],
      createdAt: now,
      expiresAt: new Date(now.getTime() + expiresInSeconds * 1000),
    };
    const token = this.#signer.sign({ id: link.id }, expiresInSeconds);
    await transaction(pool, async (client) => {
      await lockAccount(client, accountId);
      refuseTooMany(await countLinks(client, link, now));
      await insertLink(client, link, hashOf(token));
      await this.#record(client, message, { action: 'evidence_link.created', link });
    });
    return { link, url: `${baseUrl}/evidence/${token}` };
  }

  /** Those that are good, newest first. */
  async list({ accountId, appId, id: messageId }: Subject): Promise<EvidenceLink[]> {
    return selectLinks(this.#deps.pool, { accountId, appId, messageId }, new Date(this.#deps.clock.now()));
  }

  /** Ends the link. Throws NotFound when the message has none with this id. */
  async revoke(message: Subject, id: string): Promise<void> {
    const { accountId, appId, id: messageId } = message;
    await transaction(this.#deps.pool, async (client) => {
      const link = isUuid(id) ? await deleteLink(client, { accountId, appId, messageId, id }) : null;
      if (link === null) throw new NotFound(`The message has no evidence link ${id}.`);
      await this.#record(client, message, { action: 'evidence_link.revoked', link });
    });
  }

  /** What the link shows; null when it is not ours, was altered, has expired or was taken back. */
  async open(token: string): Promise<EvidenceLink | null> {
    if (this.#signer.verify(token) === null) return null;
    return linkOfToken(this.#deps.pool, hashOf(token), new Date(this.#deps.clock.now()));
  }

  async #record(
    db: PoolClient,
    { accountId, appId, id, eventType }: Subject,
    deed: { action: 'evidence_link.created' | 'evidence_link.revoked'; link: EvidenceLink },
  ): Promise<void> {
    const { link, action } = deed;
    const details = {
      evidence_link_id: link.id,
      endpoint_id: link.endpointId,
      include_payload: link.showsPayload,
      expires_at: link.expiresAt,
    };
    const object = { type: 'message', id, name: eventType };
    await recordChange({ db, clock: this.#deps.clock }, { accountId, appId, action, object, details });
  }
}

const CREATORS = {
  person: 'a person',
  api_key: 'an API key',
  heroku: 'Heroku',
  portal: 'the subscriber',
  system: 'HostedHooks',
} as const;

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

function refuseTooMany({ ofAccount, ofMessage }: { ofAccount: number; ofMessage: number }): void {
  const { evidenceLinks, evidenceLinksOfAccount } = FIXED_LIMITS;
  const full =
    ofMessage >= evidenceLinks.max
      ? `A message has at most ${evidenceLinks.shown} evidence links`
      : ofAccount >= evidenceLinksOfAccount.max
        ? `An account has at most ${evidenceLinksOfAccount.shown} evidence links`
        : undefined;
  if (full === undefined) return;
  throw new Conflict(`${full}. Take one back, or wait until one expires.`, { code: evidenceLinks.code });
}
