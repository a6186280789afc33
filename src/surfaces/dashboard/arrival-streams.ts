import type { Response } from 'express';
import type { Notifications } from '#src/infra/database/notifications.ts';
import { AppError } from '#src/infra/lib/errors.ts';

/** Below the 55 s after which Heroku's router ends a silent connection. */
const HEARTBEAT_MS = 25_000;
/** A browser connects again by itself. So a forgotten tab does not hold its connection for good. */
const MAX_MS = 15 * 60_000;
const MAX_OF_HELPER = 10;
/** Of an account in this process: nobody takes the connections that others need. */
const MAX_OF_ACCOUNT = 50;

interface Viewer {
  helperId: string;
  accountId: string;
  /** Asked at each heartbeat: whoever signed out, or lost the account, sees nothing more. */
  isSignedIn: () => Promise<boolean>;
}

/** Tells open pages, by server-sent events, that something arrived at their Hook Helper; they then fetch what. */
export class ArrivalStreams {
  readonly #open = new Map<Response, Viewer>();
  readonly #heartbeatMs: number;

  constructor(notifications: Notifications, { heartbeatMs = HEARTBEAT_MS } = {}) {
    this.#heartbeatMs = heartbeatMs;
    notifications.on('hook_helper', (helperId) => {
      this.#announce((viewer) => viewer.helperId === helperId);
    });
    // While the database was not heard something may have arrived anywhere.
    notifications.onGap(() => {
      this.#announce(() => true);
    });
  }

  /** Throws when too many are open already. */
  open(viewer: Viewer, res: Response): void {
    this.#refuseTooMany(viewer);
    res.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    // Also what arrived between the page and this stream is fetched.
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

  /** Fails open when the database is away: then nothing arrives, either. */
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

  constructor(whose: string, most: number) {
    super(
      'too_many_streams',
      `${whose} is watched by ${String(most)} open pages, which is the most there can be. Close some of them.`,
    );
  }
}
