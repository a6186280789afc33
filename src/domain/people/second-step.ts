import { createHash, randomBytes } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Mailer } from '#src/domain/mail/mailer.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { Conflict } from '#src/infra/lib/errors.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner, type TokenSigner } from '#src/infra/lib/signed-token.ts';
import { base32, stepOfCode } from '#src/infra/lib/totp.ts';
import { findPersonById } from './people-rows.ts';
import type { Person } from './person.ts';
import { deleteSecret, insertSecret, readSecret, useRecoveryCode, useStep } from './second-step-rows.ts';

/** RFC 4226 recommends 160 bits. */
const SECRET_BYTES = 20;
const RECOVERY_CODES = 8;
const RECOVERY_CODE_BYTES = 10;
const BETWEEN_STEPS_SECONDS = 5 * 60;

interface Dependencies {
  pool: Pool;
  clock: Clock;
  cipher: Cipher;
  mailer: Pick<Mailer, 'enqueue'>;
  appSecret: Secret;
  baseUrl: string;
}

const claims = z.object({ personId: z.guid() });

/** A code of an authenticator app after the password, for whoever turns it on. */
export class SecondStep {
  readonly #deps: Dependencies;
  readonly #betweenSteps: TokenSigner;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#betweenSteps = createTokenSigner(deps.appSecret, 'second step', deps.clock);
  }

  /** A new secret, and the same sealed for the form that turns it on. Nothing is stored yet. */
  draft(personId: string): { secret: Buffer; sealed: string } {
    const secret = randomBytes(SECRET_BYTES);
    return { secret, sealed: this.#seal(secret, `draft:${personId}`).toString('base64url') };
  }

  /** The secret of a draft; null when it was not made for this person. */
  openDraft(personId: string, sealed: string): Buffer | null {
    try {
      return this.#open(Buffer.from(sealed, 'base64url'), `draft:${personId}`);
    } catch {
      return null;
    }
  }

  /**
   * Turns it on; answers the recovery codes, which are shown once. Null when the code is not the secret's. Throws
   * Conflict when it is on, because a draft of before would take the place of what the person has.
   */
  async turnOn(
    personId: string,
    { secret, code }: { secret: Buffer; code: string },
  ): Promise<string[] | null> {
    const step = stepOfCode(secret, code, this.#deps.clock.now());
    if (step === null) return null;
    const codes = Array.from({ length: RECOVERY_CODES }, () => base32(randomBytes(RECOVERY_CODE_BYTES)));
    const sealed = this.#seal(secret, `person:${personId}`);
    const isOn = await transaction(this.#deps.pool, async (client) => {
      const row = { secret: sealed, step, codeHashes: codes.map(hashOf) };
      if (!(await insertSecret(client, personId, row))) return false;
      await this.#mail(client, personId, { isOn: true });
      return true;
    });
    if (!isOn) throw new Conflict('It is on already. Turn it off first.');
    return codes;
  }

  async turnOff(personId: string): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      if (await deleteSecret(client, personId)) await this.#mail(client, personId, { isOn: false });
    });
  }

  async isOn(personId: string): Promise<boolean> {
    return (await readSecret(this.#deps.pool, personId)) !== null;
  }

  /** What the form of the second step carries: that the password was right, five minutes ago at most. */
  tokenFor({ id }: Person): string {
    return this.#betweenSteps.sign({ personId: id }, BETWEEN_STEPS_SECONDS);
  }

  /** Null when the token is not ours or too old. */
  async personOf(token: string): Promise<Person | null> {
    const { data } = claims.safeParse(this.#betweenSteps.verify(token));
    return data === undefined ? null : findPersonById(this.#deps.pool, data.personId);
  }

  /** Whether it is a code of now or a recovery code; either works once. */
  async check(personId: string, code: string): Promise<boolean> {
    const { pool, clock } = this.#deps;
    const sealed = await readSecret(pool, personId);
    if (sealed === null) return false;
    const step = stepOfCode(this.#open(sealed, `person:${personId}`), code, clock.now());
    if (step !== null) return useStep(pool, personId, step);
    return useRecoveryCode(pool, personId, hashOf(code));
  }

  async #mail(client: PoolClient, personId: string, { isOn }: { isOn: boolean }): Promise<void> {
    const { mailer, baseUrl } = this.#deps;
    const person = await findPersonById(client, personId);
    if (person === null) return;
    const data = { isOn, passwordUrl: `${baseUrl}/password` };
    await mailer.enqueue(client, {
      accountId: null,
      to: person.email,
      template: 'second-step-changed',
      data,
    });
  }

  #seal(secret: Buffer, owner: string): Buffer {
    return this.#deps.cipher.encrypt(secret.toString('base64'), owner);
  }

  #open(sealed: Buffer, owner: string): Buffer {
    return Buffer.from(this.#deps.cipher.decrypt(sealed, owner), 'base64');
  }
}

/** As one types it: in small letters, with blanks or dashes. */
const hashOf = (code: string) =>
  createHash('sha256').update(code.replaceAll(/[\s-]/g, '').toUpperCase()).digest();
