import { hash, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { Conflict, InvalidInput } from '#src/infra/lib/errors.ts';
import { withRenewedLease } from '#src/infra/lib/with-renewed-lease.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import * as rows from './idempotency-rows.ts';

const KEPT_MS = 24 * 3_600_000;
/** Renewed for as long as the request is executed: a process that has not done so by then is taken for dead. */
const LEASE_MS = 60_000;
const RETRY_AFTER_SECONDS = 1;
/** Between a claim that fails and a look, whoever had it may give it back. */
const MAX_TRIES = 5;

export interface Request {
  accountId: string;
  key: string;
  /** All that makes it this request, and no other. */
  fingerprint: Buffer;
}

/** An answer as it is kept, whatever it holds: endpoints' secrets and new API keys among it. */
export interface KeptAnswer {
  status: number;
  text?: string;
  headers?: Record<string, string>;
  /** Of a body that was too long to be part of the fingerprint: its hash. */
  streamed?: string;
}

type Claimed = rows.KeyOfRow & { claimId: string };

interface Dependencies {
  pool: Pool;
  cipher: Cipher;
  clock: Clock;
  logger: Logger;
}

/** Requests that are executed once, however often and wherever they arrive: draft-ietf-httpapi-idempotency-key-header. */
export class IdempotentRequests {
  readonly #deps: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#deps = dependencies;
  }

  /**
   * What `act` answers, or what it answered the first time. When it throws, nothing is kept and the request may come
   * again. A process that dies in the middle is waited for until its lease ends; then the request is executed once more.
   */
  async once(
    { accountId, key, fingerprint }: Request,
    act: () => Promise<KeptAnswer>,
  ): Promise<{ answer: KeptAnswer; isReplayed: boolean }> {
    const row = { accountId, keyHash: hash('sha256', key, 'buffer') };
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const claimId = randomUUID();
      if (await this.#claim(row, { claimId, fingerprint })) {
        return { answer: await this.#underLease({ ...row, claimId }, act), isReplayed: false };
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

  #claim(row: rows.KeyOfRow, own: { claimId: string; fingerprint: Buffer }): Promise<boolean> {
    const { clock, pool } = this.#deps;
    const nowMs = clock.now();
    return rows.claim(pool, {
      ...row,
      ...own,
      now: new Date(nowMs),
      leasedUntil: new Date(nowMs + LEASE_MS),
      expiresAt: new Date(nowMs + KEPT_MS),
    });
  }

  #underLease(claimed: Claimed, act: () => Promise<KeptAnswer>): Promise<KeptAnswer> {
    const { clock, logger, pool } = this.#deps;
    return withRenewedLease(
      {
        clock,
        leaseMs: LEASE_MS,
        renew: (until) => rows.renew(pool, { ...claimed, ...until }),
        onError: (error) => {
          logger.warn({ err: error }, 'the lease of an idempotent request could not be renewed');
        },
      },
      () => this.#execute(claimed, act),
    );
  }

  async #execute(claimed: Claimed, act: () => Promise<KeptAnswer>): Promise<KeptAnswer> {
    const { cipher, pool } = this.#deps;
    let answer: KeptAnswer;
    try {
      answer = await act();
    } catch (error) {
      await this.#orLog(rows.release(pool, claimed));
      throw error;
    }
    // It is done, so it is answered also when that cannot be kept.
    const sealed = cipher.encrypt(JSON.stringify(answer), ownerOf(claimed));
    await this.#orLog(rows.keep(pool, { ...claimed, answer: sealed }));
    return answer;
  }

  #open(row: rows.KeyOfRow, sealed: Buffer): KeptAnswer {
    return JSON.parse(this.#deps.cipher.decrypt(sealed, ownerOf(row))) as KeptAnswer;
  }

  async #orLog(written: Promise<void>): Promise<void> {
    await written.catch((error: unknown) => {
      this.#deps.logger.warn({ err: error }, 'what became of an idempotent request could not be written');
    });
  }
}

const ownerOf = ({ accountId, keyHash }: rows.KeyOfRow) =>
  `idempotency:${accountId}:${keyHash.toString('hex')}`;

export const reused = () =>
  new InvalidInput('This Idempotency-Key was used for another request. Use a new key for each request.', {
    code: 'idempotency_key_reused',
  });
