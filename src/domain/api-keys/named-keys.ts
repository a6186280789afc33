import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { createKeyedMutex } from '#src/infra/lib/keyed-mutex.ts';
import type { ApiKeys } from './api-keys.ts';
import * as rows from './named-key-rows.ts';
import { type Scope, SCOPES } from './scopes.ts';

/** Of an account, that work; so a program that makes keys without end is stopped. */
export const MAX_NAMED_KEYS = 50;
const ENDED_KEPT = 50;

export interface NamedKeyInput {
  name: string;
  scopes: readonly Scope[];
  expiresAt: Date | null;
  /** Of the key to be made: a form that is sent again makes none. */
  id?: string;
}

/** Keys that customers make beside the one of their resource: with a name, a part of what may be done, and an end. */
export class NamedKeys {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #apiKeys: ApiKeys;
  /** By account, so that none holds every connection while it waits for its row. */
  readonly #inLine = createKeyedMutex();

  constructor({ pool, clock, apiKeys }: { pool: Pool; clock: Clock; apiKeys: ApiKeys }) {
    this.#pool = pool;
    this.#clock = clock;
    this.#apiKeys = apiKeys;
  }

  /** Answers the key, which is shown once: only its hash is kept. */
  async create(accountId: string, input: NamedKeyInput): Promise<{ id: string; key: string }> {
    this.#refusePast(input.expiresAt);
    const key = `hh_${randomBytes(32).toString('base64url')}`;
    const id = await this.#inLine(accountId, () => this.#add(accountId, { ...input, key }));
    if (id === null) throw new Conflict('This key was made already. It was shown then, and only then.');
    return { id, key };
  }

  #add(accountId: string, input: NamedKeyInput & { key: string }): Promise<string | null> {
    return transaction(this.#pool, async (client) => {
      if (!(await rows.lockAccount(client, accountId))) throw new NotFound('There is no such account.');
      const now = this.#now();
      if ((await rows.countLive(client, accountId, now)) >= MAX_NAMED_KEYS) {
        throw new Conflict(
          `The account has ${String(MAX_NAMED_KEYS)} keys that work, which is the most. Revoke one that nobody uses.`,
          { code: 'too_many_keys' },
        );
      }
      await rows.forgetEnded(client, { accountId, now, kept: ENDED_KEPT });
      return this.#apiKeys.add(client, accountId, {
        ...input,
        scopes: SCOPES.filter((scope) => input.scopes.includes(scope)),
        generation: null,
        isInConfig: false,
      });
    });
  }

  /** What has ended stays ended. */
  async update(
    accountId: string,
    keyId: string,
    { name, expiresAt }: { name?: string | undefined; expiresAt?: Date | null | undefined },
  ): Promise<void> {
    this.#refusePast(expiresAt ?? null);
    await transaction(this.#pool, async (client) => {
      const key = isUuid(keyId) ? await rows.lockNamedKey(client, accountId, keyId) : null;
      if (key === null) throw new NotFound('There is no such API key.');
      if (key.generation !== null) throw new Conflict('This key is the add-on’s own: rotate it instead.');
      if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= this.#now())) {
        throw new Conflict('This key has ended. Make another one.');
      }
      if (name !== undefined) await rows.rename(client, keyId, name);
      if (expiresAt !== undefined) await rows.setExpiry(client, keyId, expiresAt);
    });
    this.#apiKeys.forget(accountId);
  }

  #refusePast(expiresAt: Date | null): void {
    if (expiresAt === null || expiresAt > this.#now()) return;
    const details = [{ path: 'expires_at', message: 'must be in the future' }];
    throw new InvalidInput('expires_at must be in the future.', { details });
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
