import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { createKeyedMutex } from '#src/infra/lib/keyed-mutex.ts';
import type { ApiKeys } from './api-keys.ts';
import {
  countLiveKeys,
  deleteEndedKeys,
  lockAccount,
  lockKey,
  renameKey,
  setExpiry,
} from './named-key-rows.ts';
import { type Scope, SCOPES } from './api-key.ts';

/** Working keys of an account: a bound for a program that makes keys without end. */
export const MAX_NAMED_KEYS = FIXED_LIMITS.liveKeys.max;
const ENDED_KEPT = 50;

export interface NamedKeyInput {
  name: string;
  scopes: readonly Scope[];
  expiresAt: Date | null;
  /** Of the key to be made, so that a form that is submitted again makes none. */
  id?: string;
}

/** Keys that customers make beside their resource's key, each with a name, scopes and an optional expiry. */
export class NamedKeys {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #apiKeys: ApiKeys;
  /** By account, because each transaction that waits for the row lock holds a connection. */
  readonly #mutex = createKeyedMutex();

  constructor({ pool, clock, apiKeys }: { pool: Pool; clock: Clock; apiKeys: ApiKeys }) {
    this.#pool = pool;
    this.#clock = clock;
    this.#apiKeys = apiKeys;
  }

  /**
   * Answers the key, which is shown once, because only its hash is stored. Throws InvalidInput for an expiry in the
   * past, and Conflict when the account has too many keys or the key was made before.
   */
  async create(accountId: string, input: NamedKeyInput): Promise<{ id: string; key: string }> {
    this.#refusePast(input.expiresAt);
    const key = `hh_${randomBytes(32).toString('base64url')}`;
    const id = await this.#mutex(accountId, () => this.#add(accountId, { ...input, key }));
    if (id === null) throw new Conflict('This key was made already. It was shown then, and only then.');
    return { id, key };
  }

  #add(accountId: string, input: NamedKeyInput & { key: string }): Promise<string | null> {
    return transaction(this.#pool, async (client) => {
      if (!(await lockAccount(client, accountId))) throw new NotFound('There is no such account.');
      const now = this.#now();
      if ((await countLiveKeys(client, accountId, now)) >= MAX_NAMED_KEYS) {
        throw new Conflict(
          `The account has ${String(MAX_NAMED_KEYS)} keys that work, which is the most. Revoke one that nobody uses.`,
          { code: 'too_many_keys' },
        );
      }
      await deleteEndedKeys(client, { accountId, now, kept: ENDED_KEPT });
      const scopes = SCOPES.filter((scope) => input.scopes.includes(scope));
      const key = { ...input, scopes, generation: null, isInConfig: false };
      const id = await this.#apiKeys.add(client, accountId, key);
      if (id === null) return null;
      const object = { type: 'api_key', id, name: input.name };
      const change = { accountId, action: 'api_key.created', object, details: { scopes } } as const;
      await recordChange({ db: client, clock: this.#clock }, change);
      return id;
    });
  }

  /** Throws InvalidInput, NotFound, and Conflict for the resource's key or for a key that has ended. */
  async update(
    accountId: string,
    keyId: string,
    { name, expiresAt }: { name?: string | undefined; expiresAt?: Date | null | undefined },
  ): Promise<void> {
    this.#refusePast(expiresAt ?? null);
    await transaction(this.#pool, async (client) => {
      const key = isUuid(keyId) ? await lockKey(client, accountId, keyId) : null;
      if (key === null) throw new NotFound('There is no such API key.');
      if (key.generation !== null) throw new Conflict('This key is the add-on’s own: rotate it instead.');
      if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= this.#now())) {
        throw new Conflict('This key has ended. Make another one.');
      }
      if (name !== undefined) await renameKey(client, keyId, name);
      if (expiresAt !== undefined) await setExpiry(client, keyId, expiresAt);
      const object = { type: 'api_key', id: keyId, name: name ?? key.name };
      const details = {
        changed: [
          ...(name === undefined ? [] : ['name']),
          ...(expiresAt === undefined ? [] : ['expires_at']),
        ],
      };
      await recordChange(
        { db: client, clock: this.#clock },
        { accountId, action: 'api_key.updated', object, details },
      );
    });
    this.#apiKeys.invalidate(accountId);
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
