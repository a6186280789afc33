import type { Response } from 'express';
import type { AttemptFilters, Attempts } from '#src/domain/attempts/attempts.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import { matchesAttempt } from '#src/domain/attempts/matches-attempt.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { AppError } from '#src/infra/lib/errors.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';

/** Between two looks at the log of an app that somebody watches. */
const LOOK_MS = 1000;
/** Attempts that one look reads; the page says when there were more. */
const LOOKED_AT = 50;
/** Below 55 s, because Heroku's router then ends a connection without traffic. */
const HEARTBEAT_MS = 25_000;
/** Longest life of a stream, so that a forgotten tab does not hold a connection for good. The browser reconnects. */
const MAX_MS = 15 * 60_000;
/** Who reads so slowly that this waits for them is disconnected. */
const UNREAD_BYTES = 1024 * 1024;
/** Streams of an account in this process. */
const MAX_OF_ACCOUNT = FIXED_LIMITS.pagesOfLogs.max;

export interface TailViewer {
  app: { accountId: string; id: string };
  /** Without a text. */
  filters: AttemptFilters;
  /** The newest attempt that the viewer has: its first look tells of those after it. Undefined: of none. */
  newest?: string | undefined;
  /** The rows of a table, newest first. */
  render: (attempts: LoggedAttempt[]) => Promise<string>;
  /** Checked at each heartbeat. `false` ends the stream, because the viewer signed out or was removed. */
  isSignedIn: () => Promise<boolean>;
}

/** An app that somebody watches. */
interface Watched {
  app: TailViewer['app'];
  viewers: Map<Response, TailViewer>;
  /** Those of them that a look was not shown to yet. */
  arriving: Set<Response>;
  /** Ids of the newest attempts at the last look; undefined before the first. */
  seen: Set<string> | undefined;
}

interface Dependencies {
  attempts: Pick<Attempts, 'page'>;
  logger: Pick<Logger, 'error'>;
  lookMs?: number;
}

/**
 * Server-sent events with the attempts that an app's log got. The log of an app is looked at once a second, whoever
 * watches it, and the filters of each viewer are asked in memory. A viewer is first told of what came since it last saw
 * the log.
 */
export class LogTails {
  readonly #apps = new Map<string, Watched>();
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Throws TooManyStreams when the account has its maximum of streams open. */
  open(viewer: TailViewer, res: Response): void {
    const watched = [...this.#apps.values()].filter(({ app }) => app.accountId === viewer.app.accountId);
    if (watched.reduce((sum, { viewers }) => sum + viewers.size, 0) >= MAX_OF_ACCOUNT)
      throw new TooManyStreams();
    res.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    res.write('retry: 1000\n\n');
    const heartbeat = setInterval(() => void beat(viewer, res), HEARTBEAT_MS);
    const end = setTimeout(() => res.end(), MAX_MS);
    heartbeat.unref();
    end.unref();
    const own = this.#watch(viewer.app);
    own.viewers.set(res, viewer);
    own.arriving.add(res);
    res.once('close', () => {
      clearInterval(heartbeat);
      clearTimeout(end);
      own.viewers.delete(res);
      own.arriving.delete(res);
    });
  }

  #watch(app: TailViewer['app']): Watched {
    const known = this.#apps.get(app.id);
    if (known !== undefined) return known;
    const watched: Watched = { app, viewers: new Map(), arriving: new Set(), seen: undefined };
    this.#apps.set(app.id, watched);
    void this.#follow(watched);
    return watched;
  }

  /** Looks again and again, until nobody watches. */
  async #follow(watched: Watched): Promise<void> {
    await this.#look(watched).catch((error: unknown) => {
      this.#deps.logger.error({ err: error }, 'the log of an app could not be looked at for who watches it');
    });
    const timer = setTimeout(() => {
      if (watched.viewers.size > 0) void this.#follow(watched);
      else this.#apps.delete(watched.app.id);
    }, this.#deps.lookMs ?? LOOK_MS);
    timer.unref();
  }

  async #look(watched: Watched): Promise<void> {
    const newest = await this.#deps.attempts.page(watched.app, {}, { limit: LOOKED_AT, offset: 0 });
    const { seen } = watched;
    watched.seen = new Set(newest.map(({ id }) => id));
    const fresh = seen === undefined ? [] : newest.filter(({ id }) => !seen.has(id));
    for (const [res, viewer] of watched.viewers) {
      const isFirst = watched.arriving.delete(res);
      const { newest: last } = viewer;
      const unseen = isFirst && last !== undefined ? newest.filter(({ id }) => id > last) : fresh;
      await this.#show(unseen, viewer, res).catch((error: unknown) => {
        this.#deps.logger.error(
          { err: error },
          'what came to a log could not be shown to one who watches it',
        );
      });
    }
  }

  /** The event has the id of its newest attempt, which a browser sends when it connects again. */
  async #show(unseen: LoggedAttempt[], { filters, render }: TailViewer, res: Response): Promise<void> {
    const [first, ...others] = unseen.filter((attempt) => matchesAttempt(attempt, filters));
    if (first === undefined) return;
    const isCut = unseen.length === LOOKED_AT;
    const data = JSON.stringify({ rows: await render([first, ...others]), isCut });
    if (res.writableLength > UNREAD_BYTES) res.destroy();
    else res.write(`id: ${first.id}\nevent: rows\ndata: ${data}\n\n`);
  }
}

/** Fails open when the database is unreachable, because no attempt can be read or shown then. */
async function beat({ isSignedIn }: TailViewer, res: Response): Promise<void> {
  if (await isSignedIn().catch(() => true)) res.write(': still here\n\n');
  else res.end();
}

class TooManyStreams extends AppError {
  readonly status = 429;

  constructor() {
    super(
      'too_many_streams',
      `Your logs are watched by ${String(MAX_OF_ACCOUNT)} open pages, which is the most there can be. Close some of them.`,
    );
  }
}
