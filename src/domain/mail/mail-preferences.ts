import type { Pool } from 'pg';
import { z } from 'zod';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner, type TokenSigner } from '#src/infra/lib/signed-token.ts';
import { type MailKind, kindsFor } from './mail-kinds.ts';
import {
  ALL_KINDS,
  deleteMuted,
  insertMuted,
  lockReader,
  nameReader,
  type Reader,
  selectMuted,
} from './muted-mails.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  appSecret: Secret;
  baseUrl: string;
}

/** Longer than anybody keeps a mail to unsubscribe by. */
const LINK_SECONDS = 365 * 86_400;

const claims = z.object({ accountId: z.uuid(), subscriptionId: z.uuid().nullable(), email: z.string() });

/** Which kinds of mails a reader wants: all, until they say otherwise. A signed link in each mail leads there. */
export class MailPreferences {
  readonly #deps: Dependencies;
  readonly #links: TokenSigner;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#links = createTokenSigner(deps.appSecret, 'mail preferences', deps.clock);
  }

  /** The page where the reader chooses, without signing in. */
  linkFor({ accountId, subscriptionId, email }: Reader): string {
    const token = this.#links.sign({ accountId, subscriptionId, email }, LINK_SECONDS);
    return `${this.#deps.baseUrl}/mails/${token}`;
  }

  /** Whose link it is; null of one that is not ours or has expired, or whose account or subscriber is gone. */
  async open(token: string) {
    const reader = claims.safeParse(this.#links.verify(token)).data;
    if (reader === undefined) return null;
    const named = await nameReader(this.#deps.pool, reader);
    return named === null ? null : { reader, ...named };
  }

  async wanted(reader: Reader): Promise<MailKind[]> {
    const muted = await selectMuted(this.#deps.pool, reader);
    if (muted.includes(ALL_KINDS)) return [];
    return kindsFor(reader).filter((kind) => !muted.includes(kind));
  }

  /**
   * Leaves the reader the kinds that are `wanted`, and no other. Who wants none gets none that is added later, either.
   */
  async choose(reader: Reader, wanted: MailKind[]): Promise<void> {
    const others = kindsFor(reader).filter((kind) => !wanted.includes(kind));
    const muted = wanted.length === 0 ? [ALL_KINDS] : others;
    const { clock, pool } = this.#deps;
    await transaction(pool, async (client) => {
      await lockReader(client, reader);
      await deleteMuted(client, reader, [...wanted, ALL_KINDS]);
      await insertMuted(client, reader, { kinds: muted, at: new Date(clock.now()) });
    });
  }
}
