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

/** Open at once, of all accounts. A reader that takes its time holds up nobody: it is its pages that are made in turn. */
const MAX_OPEN = 50;
const PAGES_AT_A_TIME = 2;
const RETRY_AFTER_SECONDS = 60;
const FORMAT_VERSION = 1;
const ATTEMPTS_A_BATCH = 200;

/** An export that was begun. */
export interface Export {
  lines: AsyncGenerator<string>;
  /** Gives its place back; to be called however it ended. */
  end(): void;
}

/** All that an account has, as lines of JSON, read while they are taken. */
export class Exports {
  readonly #deps: Dependencies;
  /** By account, the export that has its place. */
  readonly #running = new Map<string, Export>();
  readonly #pageTurn = createSemaphore(PAGES_AT_A_TIME);

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Begins an export. Throws TooManyRequests while the account has another one in this process, or very many others are open. */
  start(accountId: string, options: ExportOptions): Export {
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
      lines: this.#inTurn(this.#write(accountId, options)),
      end: () => {
        // After its end the place may be another's.
        if (this.#running.get(accountId) === begun) this.#running.delete(accountId);
      },
    };
    this.#running.set(accountId, begun);
    return begun;
  }

  async *#inTurn(lines: AsyncGenerator<string>): AsyncGenerator<string> {
    try {
      for (;;) {
        const next = await this.#pageTurn(() => lines.next());
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
    // Before anything is written: without a database it is no export that broke off.
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

  /** What was accepted until the export began: an app that sends all the time must not keep it from its end. */
  async *#log(app: App, { options, lines }: Writing, startedAt: Date): AsyncGenerator<string> {
    const { include, since, until } = options;
    const { pool, attempts, present } = this.#deps;
    const last = until === undefined || until > startedAt ? startedAt : until;
    const range: IdRange = { from: firstIdAt(since?.getTime() ?? 0), to: firstIdAt(last.getTime() + 1) };
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
      // Newest first; read backwards, the oldest of what is left.
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

  /** A payload with line breaks cannot stand in a line as it is: beside its equal it is given as a text. */
  #message(message: Message): string {
    const presented = this.#deps.present.message(message);
    const { data } = message;
    if (typeof data !== 'string' || !/[\r\n]/.test(data)) return presented;
    return `${presented.slice(0, -1)},"data_text":${JSON.stringify(data)}}`;
  }
}
