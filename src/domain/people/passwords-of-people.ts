import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Mailer } from '#src/domain/mail/mailer.ts';
import { endSessionsOfPerson } from '#src/domain/visits/session-people.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner, type TokenSigner } from '#src/infra/lib/signed-token.ts';
import { hashPassword, isPassword } from './passwords.ts';
import { findPersonByEmail, findPersonById, type KnownPerson, replacePassword } from './people-rows.ts';
import type { Person } from './person.ts';

const LINK_SECONDS = 60 * 60;

interface Dependencies {
  pool: Pool;
  clock: Clock;
  mailer: Mailer;
  appSecret: Secret;
  baseUrl: string;
}

/** `passwordMark` ends a link with the password that it replaces, so that it works once. */
const claims = z.object({ personId: z.guid(), passwordMark: z.string() });

/** Signing in with a password, and choosing another one. */
export class PasswordsOfPeople {
  readonly #deps: Dependencies;
  readonly #links: TokenSigner;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#links = createTokenSigner(deps.appSecret, 'password reset', deps.clock);
  }

  /** Null for an unknown address and for a wrong password, after the same time. */
  async check(email: string, password: string): Promise<KnownPerson | null> {
    const person = await findPersonByEmail(this.#deps.pool, email);
    return (await isPassword(password, person?.passwordHash ?? null)) ? person : null;
  }

  /**
   * Mails a link, or that the address is nobody's. Both do the same work, so that only the owner of the address learns
   * which.
   */
  async mailLink(email: string): Promise<void> {
    const { pool, mailer, baseUrl } = this.#deps;
    await transaction(pool, async (client) => {
      const person = await findPersonByEmail(client, email);
      const link = person === null ? null : `${baseUrl}/password/${this.#tokenOf(person)}`;
      const data = { link, signUpUrl: `${baseUrl}/sign_up` };
      const to = person?.email ?? email;
      await mailer.enqueue(client, { accountId: null, to, template: 'password-reset', data });
    });
  }

  /** Whose password the link changes; null when it is not ours, has expired, or was used. */
  async findByLink(token: string): Promise<Person | null> {
    return this.#findByLink(token);
  }

  /** Ends all sessions of the person. Null as {@link findByLink}. */
  async resetByLink(token: string, password: string): Promise<Person | null> {
    const person = await this.#findByLink(token);
    return person !== null && (await this.#replace(person, { password })) ? person : null;
  }

  /** Ends all other sessions of the person. False when `current` is not the password. */
  async change(
    personId: string,
    { current, password, sid }: { current: string; password: string; sid: string },
  ): Promise<boolean> {
    const person = await findPersonById(this.#deps.pool, personId);
    if (person === null || !(await isPassword(current, person.passwordHash))) return false;
    return this.#replace(person, { password, exceptSid: sid });
  }

  #tokenOf({ id, passwordHash }: KnownPerson): string {
    return this.#links.sign({ personId: id, passwordMark: markOf(passwordHash) }, LINK_SECONDS);
  }

  async #findByLink(token: string): Promise<KnownPerson | null> {
    const { data } = claims.safeParse(this.#links.verify(token));
    if (data === undefined) return null;
    const person = await findPersonById(this.#deps.pool, data.personId);
    return person !== null && markOf(person.passwordHash) === data.passwordMark ? person : null;
  }

  /** False when the password was changed meanwhile. */
  async #replace(
    { id, email, passwordHash }: KnownPerson,
    { password, exceptSid }: { password: string; exceptSid?: string },
  ): Promise<boolean> {
    const { pool, mailer, baseUrl } = this.#deps;
    const to = await hashPassword(password);
    return transaction(pool, async (client) => {
      if (!(await replacePassword(client, id, { from: passwordHash, to }))) return false;
      await endSessionsOfPerson(client, id, { exceptSid });
      const data = { passwordUrl: `${baseUrl}/password` };
      await mailer.enqueue(client, { accountId: null, to: email, template: 'password-changed', data });
      return true;
    });
  }
}

/** Says nothing of the hash, which has a random salt. */
const markOf = (passwordHash: string) =>
  createHash('sha256').update(passwordHash).digest('base64url').slice(0, 16);
