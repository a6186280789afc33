import { hash, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { Conflict, InvalidInput } from '#src/infra/lib/errors.ts';
import { withRenewedLease } from '#src/infra/lib/with-renewed-lease.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import * as rows from './idempotency-rows.ts';

const KEPT_MS = 24 * 3_600_000;
/** The lease is renewed while the request is executed, so one that lapses belongs to a dead process. */
const LEASE_MS = 60_000;
const RETRY_AFTER_SECONDS = 1;
/** The holder may release its lease between our failed acquire and our read, so both are repeated. */
const MAX_TRIES = 5;

export interface Request {
  accountId: string;
  key: string;
  /** The hash of all that distinguishes the request. */
  fingerprint: Buffer;
}

/** A stored answer. It is encrypted, because it may hold endpoints' secrets and new API keys. */
export interface KeptAnswer {
  status: number;
  text?: string;
  headers?: Record<string, string>;
  /** The hash of a streamed body, which was too long for the fingerprint. */
  streamed?: string;
}

type HeldLease = rows.KeyOfRow & { leaseId: string };

interface Dependencies {
  pool: Pool;
  cipher: Cipher;
  clock: Clock;
  logger: Logger;
}

/** Executes a request once over all processes, however often it is sent: draft-ietf-httpapi-idempotency-key-header. */
export class IdempotentRequests {
  readonly #deps: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#deps = dependencies;
  }

  /**
   * Returns the answer of `act`, or the stored answer of its first call. When `act` throws, nothing is stored and the
   * request may be repeated. After a crash the request may be executed again once the lease has lapsed. Throws Conflict
   * while the request is executed elsewhere, InvalidInput when the key belongs to another request.
   */
  async once(
    { accountId, key, fingerprint }: Request,
    act: () => Promise<KeptAnswer>,
  ): Promise<{ answer: KeptAnswer; isReplayed: boolean }> {
    const row = { accountId, keyHash: hash('sha256', key, 'buffer') };
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const leaseId = randomUUID();
      if (await this.#acquire(row, { leaseId, fingerprint })) {
        return { answer: await this.#underLease({ ...row, leaseId }, act), isReplayed: false };
      }
      const known = await rows.find(this.#deps.pool, row);
      if (known === null) continue;
      if (!known.fingerprint.equals(fingerprint)) throw reused();
      if (known.answer === null) break;
      return { answer: this.#open(row, known.answer), isReplayed: true };
    }
    throw new Conflict('The same request is being executed. Ask again in a moment for its answer.', {
      code: 'idempotency_key_in_use',
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  #acquire(row: rows.KeyOfRow, own: { leaseId: string; fingerprint: Buffer }): Promise<boolean> {
    const { clock, pool } = this.#deps;
    const nowMs = clock.now();
    return rows.acquire(pool, {
      ...row,
      ...own,
      now: new Date(nowMs),
      leasedUntil: new Date(nowMs + LEASE_MS),
      expiresAt: new Date(nowMs + KEPT_MS),
    });
  }

  #underLease(lease: HeldLease, act: () => Promise<KeptAnswer>): Promise<KeptAnswer> {
    const { clock, logger, pool } = this.#deps;
    return withRenewedLease(
      {
        clock,
        leaseMs: LEASE_MS,
        renew: (until) => rows.renew(pool, { ...lease, ...until }),
        onError: (error) => {
          logger.warn({ err: error }, 'the lease of an idempotent request could not be renewed');
        },
      },
      () => this.#execute(lease, act),
    );
  }

  async #execute(lease: HeldLease, act: () => Promise<KeptAnswer>): Promise<KeptAnswer> {
    const { cipher, pool } = this.#deps;
    let answer: KeptAnswer;
    try {
      answer = await act();
    } catch (error) {
      await this.#orLog(rows.release(pool, lease));
      throw error;
    }
    // The request is executed, so its answer is returned even when it cannot be stored.
    const sealed = cipher.encrypt(JSON.stringify(answer), ownerOf(lease));
    await this.#orLog(rows.keep(pool, { ...lease, answer: sealed }));
    return answer;
  }

  #open(row: rows.KeyOfRow, sealed: Buffer): KeptAnswer {
    return JSON.parse(this.#deps.cipher.decrypt(sealed, ownerOf(row))) as KeptAnswer;
  }

  async #orLog(written: Promise<void>): Promise<void> {
    await written.catch((error: unknown) => {
      this.#deps.logger.warn(
        { err: error },
        'the answer of an idempotent request could not be stored, or its key released',
      );
    });
  }
}

const ownerOf = ({ accountId, keyHash }: rows.KeyOfRow) =>
  `idempotency:${accountId}:${keyHash.toString('hex')}`;

export const reused = () =>
  new InvalidInput('This Idempotency-Key was used for another request. Use a new key for each request.', {
    code: 'idempotency_key_reused',
  });
