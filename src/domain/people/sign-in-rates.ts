import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import { currentBeneficiary } from '#src/infra/lib/on-behalf.ts';
import { createSemaphore } from '#src/infra/lib/semaphore.ts';

/** How many may be tried at once, and after how many seconds one more. */
interface Bucket {
  size: number;
  secondsEach: number;
}

const BUCKETS = {
  /** Forms of one network, which may be an office. */
  network: { size: 120, secondsEach: 5 },
  /** Passwords for one address from one network. */
  password: { size: 10, secondsEach: 90 },
  /** Passwords for one address from anywhere: what many networks may guess together. */
  passwordAnywhere: { size: 60, secondsEach: 60 },
  /** Mails to one address that nobody signed in for. */
  mail: { size: 5, secondsEach: 900 },
  /** Invitations that an account mails to addresses of its choice. */
  invitation: { size: 100, secondsEach: 300 },
  /** Of them to one address, which did not ask for them. */
  invited: { size: 5, secondsEach: 3600 },
  /** Invitations to one address from all accounts, because one person may make many. */
  invitedAnywhere: { size: 20, secondsEach: 3600 },
  /** Accounts that one person adds, because those that they delete count no more but cost a purge each. */
  newAccount: { size: 5, secondsEach: 24 * 3600 },
  /** Sign-ups with one address that are confirmed: each comes with an account, and a new month of the free plan. */
  signUp: { size: 5, secondsEach: 24 * 3600 },
  /** Of them from one network, which may be an office, and where each address may be another. */
  signUpsOfNetwork: { size: 50, secondsEach: 1800 },
  /** Of them from one /48 of IPv6, which may be one customer with all of its networks, or many households. */
  signUpsOfSite: { size: 500, secondsEach: 180 },
  /** Evidence links that one network opens. */
  evidence: { size: 60, secondsEach: 2 },
  /** One evidence link from anywhere, because each look may read all endpoints of an app. */
  evidenceLink: { size: 60, secondsEach: 2 },
  /** Codes of the second step, of one person: a million are possible. */
  code: { size: 5, secondsEach: 60 },
} as const satisfies Record<string, Bucket>;

/** Fewer than the connections, because those who take from the same bucket wait for each other with one in hand. */
const TAKEN_AT_ONCE = 2;

/** Buckets and whose; two kinds always in the same order, so that no two who take from both wait for each other. */
type Keys = [keyof typeof BUCKETS, string][];

type Attempt = { network: string } & (
  { email: string; of: 'password' | 'mail' } | { personId: string } | object
);

/**
 * How often one may try what needs no sign-in. Token buckets that all processes share (GCRA). A refusal says the same
 * whether the address is known or not, because it counts what was asked and not what was found.
 */
export class SignInRates {
  readonly #pool: Pool;
  readonly #clock: Clock;
  /** Addresses in round robin. */
  readonly #fewAtOnce = createSemaphore(TAKEN_AT_ONCE);

  constructor({ pool, clock }: { pool: Pool; clock: Clock }) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /** Throws TooManyRequests when one of the attempt's buckets is empty. `network`: the address that it came from. */
  async take(attempt: Attempt): Promise<void> {
    await this.#take(keysOf(attempt));
  }

  /** Throws TooManyRequests when the account has mailed too many invitations, or the address got too many mails. */
  async takeInvitation(accountId: string, email: string): Promise<void> {
    const address = email.toLowerCase();
    await this.#take([
      ['invitation', accountId],
      ['invited', `${accountId} ${address}`],
      ['invitedAnywhere', address],
    ]);
  }

  /** Throws TooManyRequests when the person has added too many accounts. By address, which outlives the person. */
  async takeNewAccount(email: string): Promise<void> {
    await this.#take([['newAccount', email.toLowerCase()]]);
  }

  /** Throws TooManyRequests when the address, the network, or the site that has it has signed up too often. */
  async takeSignUp(network: string, email: string): Promise<void> {
    const keys: Keys = [
      ['signUp', email.toLowerCase()],
      ['signUpsOfNetwork', networkOf(network)],
    ];
    const site = siteOf(network);
    if (site !== null) keys.push(['signUpsOfSite', site]);
    await this.#take(keys);
  }

  /** Throws TooManyRequests when the network has opened too many evidence links, or the link was opened too often. */
  async takeEvidence(network: string, linkId: string): Promise<void> {
    await this.#take([
      ['evidenceLink', linkId],
      ['evidence', networkOf(network)],
    ]);
  }

  #take(keys: Keys): Promise<void> {
    return this.#fewAtOnce(() => this.#takeAll(keys), currentBeneficiary());
  }

  /** Takes from all buckets or, when one is empty, from none: what is refused did not happen. */
  async #takeAll(keys: Keys): Promise<void> {
    const now = new Date(this.#clock.now());
    await this.#pool.query(FORGET_FULL, [now]);
    await transaction(this.#pool, async (client) => {
      for (const [name, key] of keys) {
        const { size, secondsEach } = BUCKETS[name];
        const hash = createHash('sha256').update(`${name} ${key}`).digest();
        const { rowCount } = await client.query(TAKE, [hash, now, secondsEach, size * secondsEach]);
        if (rowCount === 0) throw tooMany(name);
      }
    });
  }
}

/** Without those that somebody takes from, because who holds several would wait for this, and this for them. */
const FORGET_FULL = `
  delete from sign_in_rates where key_hash in (
    select key_hash from sign_in_rates where full_at < $1 for update skip locked)`;

/** A row that would be full later than the whole bucket takes is not written: none is left. */
const TAKE = `
  insert into sign_in_rates as kept (key_hash, full_at) values ($1, $2::timestamptz + $3::int * interval '1 second')
  on conflict (key_hash) do update
    set full_at = greatest(kept.full_at, $2::timestamptz) + $3::int * interval '1 second'
    where greatest(kept.full_at, $2::timestamptz) + $3::int * interval '1 second'
      <= $2::timestamptz + $4::int * interval '1 second'`;

function keysOf(attempt: Attempt): Keys {
  const network = networkOf(attempt.network);
  const keys: Keys = [['network', network]];
  if ('personId' in attempt) keys.push(['code', attempt.personId]);
  if (!('email' in attempt)) return keys;
  const email = attempt.email.toLowerCase();
  if (attempt.of === 'mail') keys.push(['mail', email]);
  else keys.push(['password', `${network} ${email}`], ['passwordAnywhere', email]);
  return keys;
}

/** Of IPv6 the /64, because one customer of a provider has all of it. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  return prefixOf(address, 8) ?? ipaddr.process(address).toString();
}

/** Of IPv6 the /48, because one customer may have that; null of others. */
const siteOf = (address: string) => prefixOf(address, 6);

/** The first bytes of an IPv6 address; null of others, also when they are written as one. */
function prefixOf(address: string, bytes: number): string | null {
  const parsed = ipaddr.isValid(address) ? ipaddr.process(address) : null;
  return parsed?.kind() === 'ipv6' ? parsed.toByteArray().slice(0, bytes).join('.') : null;
}

const MANY_NEAR_YOU =
  'Many people signed up from your network lately. Your link stays good: follow it again in an hour.';

const REFUSALS: Partial<Record<keyof typeof BUCKETS, string>> = {
  newAccount: 'You added many accounts lately. You can add one more a day: try again tomorrow.',
  signUp:
    'You signed up many times lately with this address. You can sign up once more a day: try again tomorrow.',
  signUpsOfNetwork: MANY_NEAR_YOU,
  signUpsOfSite: MANY_NEAR_YOU,
};

function tooMany(name: keyof typeof BUCKETS): TooManyRequests {
  const message = REFUSALS[name] ?? 'That was tried too often. Wait a few minutes, then try again.';
  const { secondsEach: retryAfterSeconds } = BUCKETS[name];
  return new TooManyRequests(message, { code: 'rate_limited', retryAfterSeconds });
}
