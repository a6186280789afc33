import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Mailer } from '#src/domain/mail/mailer.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner, type TokenSigner } from '#src/infra/lib/signed-token.ts';
import { countOwnAccounts, insertOwnAccount, MAX_OWN_ACCOUNTS } from './own-accounts.ts';
import { hashPassword, isPassword } from './passwords.ts';
import { findPersonByEmail, insertPerson } from './people-rows.ts';
import type { Person } from './person.ts';
import type { SignInRates } from './sign-in-rates.ts';
import { deleteSignUp, findSignUp, insertSignUp, type SignUp } from './sign-up-rows.ts';

const LIFETIME_SECONDS = 24 * 60 * 60;

interface Dependencies {
  pool: Pool;
  clock: Clock;
  mailer: Mailer;
  signInRates: SignInRates;
  appSecret: Secret;
  baseUrl: string;
}

export interface NewSignUp {
  email: string;
  password: string;
  accountName: string;
}

/** That the link is followed by whoever signed up. */
type Proof = { browserKey: string } | { password: string };

const claims = z.object({ signUpId: z.guid() });

/**
 * Becoming a person. Nobody is one before the link in the mail was followed, in the browser that signed up or with the
 * password of the sign-up: else a stranger's password would open what the owner of the address confirms.
 */
export class SignUps {
  readonly #deps: Dependencies;
  readonly #links: TokenSigner;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#links = createTokenSigner(deps.appSecret, 'sign-up', deps.clock);
  }

  /**
   * Mails the link, or to a person that there is already, how to sign in. Both do the same work and answer the same, so
   * that nobody learns whose addresses we know. The answer is the cookie for the browser.
   */
  async begin({ email, password, accountName }: NewSignUp): Promise<string> {
    const { pool, clock, mailer, baseUrl } = this.#deps;
    const passwordHash = await hashPassword(password);
    const browserKey = randomBytes(24).toString('base64url');
    const id = uuidv7(clock.now());
    const expiresAt = new Date(clock.now() + LIFETIME_SECONDS * 1000);
    const link = `${baseUrl}/sign_up/${this.#links.sign({ signUpId: id }, LIFETIME_SECONDS)}`;
    const to = { accountId: null, to: email };
    await transaction(pool, async (client) => {
      const isKnown = (await findPersonByEmail(client, email)) !== null;
      const signUp = { id, email, accountName, passwordHash, browserHash: hashOf(browserKey), expiresAt };
      await insertSignUp(client, signUp, new Date(clock.now()));
      const data = { signInUrl: `${baseUrl}/sign_in`, passwordUrl: `${baseUrl}/password` };
      if (isKnown) await mailer.enqueue(client, { ...to, template: 'sign-up-known', data });
      else await mailer.enqueue(client, { ...to, template: 'sign-up', data: { link } });
    });
    return browserKey;
  }

  /** The sign-up of a link; null when the link is not ours, has expired, or was used. */
  async find(token: string): Promise<Pick<SignUp, 'id' | 'email'> | null> {
    return this.#find(token);
  }

  /**
   * Makes the person and the account, once. Null when neither the browser nor the password is that of the sign-up; also
   * when the address has become a person by another link. `network`: the address that the request came from. Throws
   * TooManyRequests; the link stays good.
   */
  async confirm(token: string, proof: Proof, network: string): Promise<Person | null> {
    const { pool, clock, signInRates } = this.#deps;
    const signUp = await this.#find(token);
    if (signUp === null || !(await isProved(signUp, proof))) return null;
    const { id, email, passwordHash } = signUp;
    await signInRates.takeSignUp(network, email);
    const now = new Date(clock.now());
    return transaction(pool, async (client) => {
      if (!(await deleteSignUp(client, id))) return null;
      const person = { id: uuidv7(now.getTime()), email, passwordHash };
      if (!(await insertPerson(client, person, now))) return null;
      await insertOwnAccount(client, person, { name: signUp.accountName, clock });
      return person;
    });
  }

  /**
   * Another account of a person's own; answers its id. Throws Conflict when the person owns enough of them, and
   * TooManyRequests.
   */
  async addAccount(person: Person, name: string): Promise<string> {
    const { pool, clock, signInRates } = this.#deps;
    await signInRates.takeNewAccount(person.email);
    return transaction(pool, async (client) => {
      await client.query('select from people where id = $1 for update', [person.id]);
      if ((await countOwnAccounts(client, person.id)) >= MAX_OWN_ACCOUNTS) {
        throw new Conflict(`One person owns ${String(MAX_OWN_ACCOUNTS)} accounts at most.`);
      }
      return insertOwnAccount(client, person, { name, clock });
    });
  }

  async #find(token: string): Promise<SignUp | null> {
    const { data } = claims.safeParse(this.#links.verify(token));
    return data === undefined ? null : findSignUp(this.#deps.pool, data.signUpId);
  }
}

async function isProved({ browserHash, passwordHash }: SignUp, proof: Proof): Promise<boolean> {
  return 'password' in proof
    ? isPassword(proof.password, passwordHash)
    : timingSafeEqual(hashOf(proof.browserKey), browserHash);
}

const hashOf = (key: string) => createHash('sha256').update(key).digest();
