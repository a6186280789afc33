import type { Pool } from 'pg';
import { transaction } from '../database/transaction.ts';
import type { Clock } from '../lib/clock.ts';
import { uuidv7 } from '../lib/ids.ts';

interface Person {
  herokuUserId: string;
  email: string;
}

interface SignedInMember {
  id: string;
  role: 'admin' | 'member';
}

/** The people of an account. */
export class Members {
  readonly #pool: Pool;
  readonly #clock: Clock;

  constructor({ pool, clock }: { pool: Pool; clock: Clock }) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /**
   * Records that a person signed in: the first of an account becomes its admin, everyone after a member. Known by
   * Heroku's user id, because addresses change; the address is refreshed. Null when the account is gone.
   */
  async signIn(accountId: string, person: Person): Promise<SignedInMember | null> {
    return transaction(this.#pool, async (client) => {
      // Locked, so that two who come first at the same time do not both become admin.
      const account = await client.query('select from accounts where id = $1 for update', [accountId]);
      if (account.rowCount === 0) return null;
      const { rows } = await client.query<SignedInMember>(
        `insert into members (id, account_id, heroku_user_id, email, role, last_signed_in_at)
         select $1, $2, $3, $4,
           case when exists (select from members where account_id = $2) then 'member' else 'admin' end, $5
         on conflict (account_id, heroku_user_id)
           do update set email = excluded.email, last_signed_in_at = excluded.last_signed_in_at
         returning id, role`,
        [
          uuidv7(this.#clock.now()),
          accountId,
          person.herokuUserId,
          person.email,
          new Date(this.#clock.now()),
        ],
      );
      return rows[0] ?? null;
    });
  }
}
