import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import type { Attempts } from '#src/domain/attempts/attempts.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import { firstIdAt } from '#src/infra/lib/ids.ts';
import { createSemaphore } from '#src/infra/lib/semaphore.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { ExportOptions } from './export-options.ts';
import { Lines, plainLine } from './lines.ts';
import { accountLine, appLines, type ControlPlane, pagesOf, type Writing } from './read-account.ts';
import { deliveriesByMessage } from '#src/domain/deliveries/deliveries-of-message.ts';
import { type IdRange, readMessages } from './read-log.ts';

interface Dependencies extends ControlPlane {
  pool: Pool;
  attempts: Attempts;
  clock: Clock;
}

/**
 * Open exports of all accounts. A slow reader delays no other, because the semaphore is held for one page at a time.
 */
const MAX_OPEN = 50;
const MAX_CONCURRENT_PAGES = 2;
const RETRY_AFTER_SECONDS = 60;
const FORMAT_VERSION = 1;
const ATTEMPTS_A_BATCH = 200;

export interface Export {
  lines: AsyncGenerator<string>;
  /** Frees the account for its next export. To be called in every case. */
  end(): void;
}

/** Exports all of an account as lines of JSON, read from the database as the client consumes them. */
export class Exports {
  readonly #deps: Dependencies;
  /** The running export by account. */
  readonly #running = new Map<string, Export>();
  readonly #pages = createSemaphore(MAX_CONCURRENT_PAGES);

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Begins an export of the whole account. Throws like {@link open}. */
  start(accountId: string, options: ExportOptions): Export {
    return this.open(accountId, this.#write(accountId, options));
  }

  /**
   * Lets lines be read as an export of the account, each when its turn comes. Throws TooManyRequests while the account
   * has one in this process, or MAX_OPEN are open.
   */
  open(accountId: string, lines: AsyncGenerator<string>): Export {
    if (this.#running.has(accountId)) {
      throw new TooManyRequests('An export of this account is running. Wait until it has ended.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    if (this.#running.size >= MAX_OPEN) {
      throw new TooManyRequests('Others export just now. Please try again in a minute.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    const begun: Export = {
      lines: this.#throttled(lines),
      end: () => {
        // A repeated call must not end a later export of the account.
        if (this.#running.get(accountId) === begun) this.#running.delete(accountId);
      },
    };
    this.#running.set(accountId, begun);
    return begun;
  }

  async *#throttled(lines: AsyncGenerator<string>): AsyncGenerator<string> {
    try {
      for (;;) {
        const next = await this.#pages(() => lines.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await lines.return(undefined);
    }
  }

  async *#write(accountId: string, options: ExportOptions): AsyncGenerator<string> {
    const lines = new Lines();
    const startedAt = new Date(this.#deps.clock.now());
    const { include, since, until, withSecrets } = options;
    // The first query precedes the first line, so that a missing database answers an error instead of a broken file.
    const account = await accountLine(this.#deps, accountId);
    yield plainLine({
      type: 'header',
      format: 'hostedhooks-export',
      version: FORMAT_VERSION,
      account_id: accountId,
      created_at: startedAt,
      include,
      since: since ?? null,
      until: until ?? null,
      with_secrets: withSecrets,
    });
    if (include.includes('account')) yield lines.line('account', account);
    yield* this.#hookHelpers(accountId, { options, lines });
    const { apps } = this.#deps;
    for await (const page of pagesOf((paging) => apps.list(accountId, paging))) {
      for (const app of page) {
        yield* appLines(this.#deps, app, { options, lines });
        yield* this.#log(app, { options, lines }, startedAt);
      }
    }
    yield plainLine({
      type: 'trailer',
      completed_at: new Date(this.#deps.clock.now()),
      counts: lines.counts,
    });
  }

  async *#hookHelpers(accountId: string, { options, lines }: Writing): AsyncGenerator<string> {
    const { hookHelpers, origin, present } = this.#deps;
    if (!options.include.includes('hook_helper')) return;
    for await (const page of pagesOf((paging) => hookHelpers.list(accountId, paging))) {
      yield page.map((helper) => lines.line('hook_helper', present.hookHelper(helper, origin))).join('');
    }
  }

  /** Ends at the time the export began, because an app that publishes all the time would keep it from ending. */
  async *#log(app: App, { options, lines }: Writing, startedAt: Date): AsyncGenerator<string> {
    const { include, since, until } = options;
    const { pool, attempts, present } = this.#deps;
    const now = new Date(startedAt.getTime() + 1);
    const last = until === undefined || until > now ? now : until;
    const range: IdRange = { from: firstIdAt(since?.getTime() ?? 0), to: firstIdAt(last.getTime()) };
    if (include.includes('message') || include.includes('delivery')) {
      for await (const messages of readMessages(pool, app, range)) {
        if (include.includes('message')) {
          yield messages.map((message) => lines.line('message', this.#message(message))).join('');
        }
        if (!include.includes('delivery')) continue;
        const byMessage = await deliveriesByMessage(pool, app.accountId, messages);
        const deliveries = messages.flatMap(({ id }) => byMessage.get(id) ?? []);
        yield deliveries.map((delivery) => lines.line('delivery', present.delivery(delivery))).join('');
      }
    }
    if (!include.includes('attempt')) return;
    let after = range.from;
    for (;;) {
      const filters = { since, until: last };
      const page = await attempts.page(app, filters, { limit: ATTEMPTS_A_BATCH, offset: 0, after });
      // Each page is newest first, so it is reversed; its newest id is the next cursor.
      if (page.length > 0) {
        yield page
          .toReversed()
          .map((attempt) => lines.line('attempt', present.attempt(attempt)))
          .join('');
      }
      if (page.length < ATTEMPTS_A_BATCH) return;
      after = page[0]?.id ?? after;
    }
  }

  /** A payload with line breaks loses them in its line, so `data_text` repeats it exactly. */
  #message(message: Message): string {
    const presented = this.#deps.present.message(message);
    const { data } = message;
    if (typeof data !== 'string' || !/[\r\n]/.test(data)) return presented;
    return `${presented.slice(0, -1)},"data_text":${JSON.stringify(data)}}`;
  }
}
