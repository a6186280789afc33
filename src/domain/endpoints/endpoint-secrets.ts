import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Endpoint } from './endpoint.ts';
import { recordEndpoint } from './record-endpoint.ts';
import { raiseAlert } from './told-endpoints.ts';
import { addPrevious, deletePreviousExcept, lockSecret, selectPrevious, setSecret } from './secret-rows.ts';

const SECRET_BYTES = 32;
/** Bounded because every attempt is signed once for each live secret. */
const MAX_PREVIOUS = 2;

export interface PreviousSecret {
  secret: string;
  expiresAt: Date;
}

/** The secrets that sign an endpoint's webhooks: the current one and the previous ones that have not expired. */
export interface LiveSecrets {
  secret: string;
  /** Newest first. */
  previous: PreviousSecret[];
}

interface Dependencies {
  pool: Pool;
  clock: Clock;
  cipher: Cipher;
}

interface Rotation {
  /** For how long the replaced secret keeps signing; 0 ends it at once. */
  graceSeconds: number;
  /** The new secret; a random one by default. */
  secret?: string | undefined;
}

type Key = Pick<Endpoint, 'accountId' | 'appId' | 'subscriptionId' | 'id' | 'url'>;

/** The signing secrets of endpoints. */
export class EndpointSecrets {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** The secrets in plain text. Who asked is recorded. */
  async reveal(endpoint: Endpoint): Promise<LiveSecrets> {
    const { cipher, clock, pool } = this.#deps;
    const owner = secretOwner(endpoint.id);
    const rows = await selectPrevious(pool, endpoint);
    await recordEndpoint({ db: pool, clock }, endpoint, { action: 'endpoint.secret_revealed' });
    return {
      secret: cipher.decrypt(endpoint.secretEncrypted, owner),
      previous: rows
        .filter(({ expiresAt }) => expiresAt.getTime() > clock.now())
        .map(({ sealed, expiresAt }) => ({ secret: cipher.decrypt(sealed, owner), expiresAt })),
    };
  }

  /** The current secret and the previous ones, newest first: also those that no longer sign, of the last rotations. */
  async everOf(endpoint: Endpoint): Promise<string[]> {
    const { cipher, pool } = this.#deps;
    const rows = await selectPrevious(pool, endpoint);
    const sealed = [endpoint.secretEncrypted, ...rows.map((row) => row.sealed)];
    return sealed.map((one) => cipher.decrypt(one, secretOwner(endpoint.id)));
  }

  /** When the previous secrets that still sign expire, newest secret first. */
  async previousUntil(endpoint: Endpoint): Promise<Date[]> {
    const rows = await selectPrevious(this.#deps.pool, endpoint);
    return rows.map(({ expiresAt }) => expiresAt).filter((at) => at.getTime() > this.#deps.clock.now());
  }

  /**
   * Replaces the current secret. Changes nothing when `secret` is the current one. A rotation is never refused,
   * because it may answer a leak; when more than {@link MAX_PREVIOUS} previous secrets would sign, the oldest ends.
   * Throws NotFound when the endpoint was deleted.
   */
  async rotate(endpoint: Key, { graceSeconds, secret = newSecret() }: Rotation): Promise<LiveSecrets> {
    const { cipher, clock, pool } = this.#deps;
    const owner = secretOwner(endpoint.id);
    return transaction(pool, async (client) => {
      const sealed = await lockSecret(client, endpoint);
      if (sealed === null) throw new NotFound('The endpoint is gone.');
      // The clock is read under the lock, so that the second of two concurrent rotations has the later time.
      const now = new Date(clock.now());
      const replaced = cipher.decrypt(sealed, owner);
      const live = (await selectPrevious(client, endpoint))
        .filter(({ expiresAt }) => expiresAt > now)
        .map((row) => ({ ...row, secret: cipher.decrypt(row.sealed, owner) }));
      if (replaced === secret) return { secret, previous: live.map(presented) };

      const expiresAt = new Date(now.getTime() + graceSeconds * 1000);
      const ending = graceSeconds > 0 ? [{ secret: replaced, expiresAt }] : [];
      const others = live.filter((row) => row.secret !== secret && row.secret !== replaced);
      const kept = others.slice(0, MAX_PREVIOUS - ending.length);
      await deletePreviousExcept(
        client,
        endpoint,
        kept.map(({ id }) => id),
      );
      for (const previous of ending) {
        const row = { id: uuidv7(now.getTime()), sealed: cipher.encrypt(previous.secret, owner), expiresAt };
        await addPrevious(client, endpoint, row);
      }
      await setSecret(client, endpoint, { sealed: cipher.encrypt(secret, owner), at: now });
      await raiseAlert(client, endpoint, { kind: 'secret-rotated', at: now });
      const details = { grace_seconds: graceSeconds };
      await recordEndpoint({ db: client, clock }, endpoint, { action: 'endpoint.secret_rotated', details });
      return { secret, previous: [...ending, ...kept.map(presented)] };
    });
  }
}

/** The cipher's associated data: a sealed secret that is copied to another endpoint's row cannot be decrypted. */
export function secretOwner(endpointId: string): string {
  return `endpoint:${endpointId}`;
}

/** That of the secrets of its outbound rules. */
export function ruleSecretsOwner(endpointId: string): string {
  return `endpoint-rules:${endpointId}`;
}

export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

const presented = ({ secret, expiresAt }: PreviousSecret): PreviousSecret => ({ secret, expiresAt });
