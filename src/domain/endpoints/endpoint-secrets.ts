import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Endpoint } from './endpoint.ts';
import { addPrevious, keepPrevious, lockSecret, selectPrevious, setSecret } from './secret-rows.ts';

const SECRET_BYTES = 32;
/** Each costs a signature of every attempt. */
const MAX_PREVIOUS = 2;

export interface PreviousSecret {
  secret: string;
  expiresAt: Date;
}

/** What an endpoint's webhooks are signed with: its secret, and those that it replaced and that still sign. */
export interface LiveSecrets {
  secret: string;
  /** The newest first. */
  previous: PreviousSecret[];
}

interface Dependencies {
  pool: Pool;
  clock: Clock;
  cipher: Cipher;
}

interface Rotation {
  /** For how long the secret that is replaced signs, too. */
  graceSeconds: number;
  /** The new one; by default a random one. */
  secret?: string | undefined;
}

type Key = Pick<Endpoint, 'accountId' | 'appId' | 'id'>;

/** The signing secrets of endpoints. */
export class EndpointSecrets {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async reveal(endpoint: Endpoint): Promise<LiveSecrets> {
    const { cipher, clock, pool } = this.#deps;
    const owner = secretOwner(endpoint.id);
    const rows = await selectPrevious(pool, endpoint);
    return {
      secret: cipher.decrypt(endpoint.secretEncrypted, owner),
      previous: rows
        .filter(({ expiresAt }) => expiresAt.getTime() > clock.now())
        .map(({ sealed, expiresAt }) => ({ secret: cipher.decrypt(sealed, owner), expiresAt })),
    };
  }

  /** Until when the secrets that it had before still sign, the newest first. */
  async previousUntil(endpoint: Endpoint): Promise<Date[]> {
    const rows = await selectPrevious(this.#deps.pool, endpoint);
    return rows.map(({ expiresAt }) => expiresAt).filter((at) => at.getTime() > this.#deps.clock.now());
  }

  /**
   * Replaces the secret. Of three that would still sign beside the new one, the oldest ends: whoever rotates must never be
   * refused, because the secret may be known to somebody. The one that it has already is no new one: nothing changes.
   */
  async rotate(endpoint: Key, { graceSeconds, secret = newSecret() }: Rotation): Promise<LiveSecrets> {
    const { cipher, clock, pool } = this.#deps;
    const owner = secretOwner(endpoint.id);
    return transaction(pool, async (client) => {
      const sealed = await lockSecret(client, endpoint);
      if (sealed === null) throw new NotFound('The endpoint is gone.');
      // Of two at once, the one that had to wait is the later one.
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
      await keepPrevious(
        client,
        endpoint,
        kept.map(({ id }) => id),
      );
      for (const previous of ending) {
        const row = { id: uuidv7(now.getTime()), sealed: cipher.encrypt(previous.secret, owner), expiresAt };
        await addPrevious(client, endpoint, row);
      }
      await setSecret(client, endpoint, cipher.encrypt(secret, owner));
      return { secret, previous: [...ending, ...kept.map(presented)] };
    });
  }
}

/** Binds a sealed secret to its endpoint: copied to another row it does not open. */
export function secretOwner(endpointId: string): string {
  return `endpoint:${endpointId}`;
}

export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

const presented = ({ secret, expiresAt }: PreviousSecret): PreviousSecret => ({ secret, expiresAt });
