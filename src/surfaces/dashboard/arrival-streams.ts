import type { Response } from 'express';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import type { Notifications } from '#src/infra/database/notifications.ts';
import { AppError } from '#src/infra/lib/errors.ts';

/** Below 55 s, because Heroku's router then ends a connection without traffic. */
const HEARTBEAT_MS = 25_000;
/** Longest life of a stream, so that a forgotten tab does not hold a connection for good. The browser reconnects. */
const MAX_MS = 15 * 60_000;
const MAX_OF_HELPER = FIXED_LIMITS.pagesOfHelper.max;
/** Streams of an account in this process, so that one account cannot use up the connections of all. */
const MAX_OF_ACCOUNT = FIXED_LIMITS.pagesOfAccount.max;

interface Viewer {
  helperId: string;
  accountId: string;
  /** Checked at each heartbeat. `false` ends the stream, because the viewer signed out or was removed. */
  isSignedIn: () => Promise<boolean>;
}

/** Server-sent events that tell open pages of an arrival at their Hook Helper. The pages then fetch the arrival. */
export class ArrivalStreams {
  readonly #open = new Map<Response, Viewer>();
  readonly #heartbeatMs: number;

  constructor(notifications: Pick<Notifications, 'on' | 'onGap'>, { heartbeatMs = HEARTBEAT_MS } = {}) {
    this.#heartbeatMs = heartbeatMs;
    notifications.on('hook_helper', (helperId) => {
      this.#announce((viewer) => viewer.helperId === helperId);
    });
    // Every stream is told, because notifications may have been lost while the connection was down.
    notifications.onGap(() => {
      this.#announce(() => true);
    });
  }

  /** Throws TooManyStreams when the Hook Helper or the account has its maximum of streams open. */
  open(viewer: Viewer, res: Response): void {
    this.#refuseTooMany(viewer);
    res.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    // The first event makes the page fetch arrivals from between its rendering and this stream.
    res.write('retry: 1000\nevent: arrival\ndata: \n\n');
    this.#open.set(res, viewer);
    const heartbeat = setInterval(() => void this.#beat(viewer, res), this.#heartbeatMs);
    const end = setTimeout(() => res.end(), MAX_MS);
    heartbeat.unref();
    end.unref();
    res.once('close', () => {
      clearInterval(heartbeat);
      clearTimeout(end);
      this.#open.delete(res);
    });
  }

  /** Fails open when the database is unreachable, because no arrival can be stored or shown then. */
  async #beat(viewer: Viewer, res: Response): Promise<void> {
    const isSignedIn = await viewer.isSignedIn().catch(() => true);
    if (isSignedIn) res.write(': still here\n\n');
    else res.end();
  }

  #refuseTooMany({ helperId, accountId }: Viewer): void {
    const ofAccount = [...this.#open.values()].filter((viewer) => viewer.accountId === accountId);
    const ofHelper = ofAccount.filter((viewer) => viewer.helperId === helperId);
    if (ofHelper.length >= MAX_OF_HELPER) throw new TooManyStreams('This Hook Helper', MAX_OF_HELPER);
    if (ofAccount.length >= MAX_OF_ACCOUNT) throw new TooManyStreams('Your account', MAX_OF_ACCOUNT);
  }

  #announce(isMeant: (viewer: Viewer) => boolean): void {
    for (const [stream, viewer] of this.#open) {
      if (isMeant(viewer)) stream.write('event: arrival\ndata: \n\n');
    }
  }
}

class TooManyStreams extends AppError {
  readonly status = 429;

  constructor(whose: string, max: number) {
    super(
      'too_many_streams',
      `${whose} is watched by ${String(max)} open pages, which is the most there can be. Close some of them.`,
    );
  }
}
