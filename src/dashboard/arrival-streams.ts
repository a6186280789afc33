import type { Response } from 'express';
import type { Notifications } from '../database/notifications.ts';

/** Below the 55 s after which Heroku's router ends a silent connection. */
const HEARTBEAT_MS = 25_000;
/** A browser connects again by itself. So a forgotten tab does not hold its connection for good. */
const LONGEST_MS = 15 * 60_000;

/** Tells open pages, by server-sent events, that something arrived at their Hook Helper; they then fetch what. */
export class ArrivalStreams {
  readonly #open = new Map<string, Set<Response>>();

  constructor(notifications: Notifications) {
    notifications.on('hook_helper', (helperId) => {
      this.#announce(this.#open.get(helperId) ?? []);
    });
    // While the database was not heard something may have arrived anywhere.
    notifications.onGap(() => {
      for (const streams of this.#open.values()) this.#announce(streams);
    });
  }

  open(helperId: string, res: Response): void {
    res.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    // Also what arrived between the page and this stream is fetched.
    res.write('retry: 1000\nevent: arrival\ndata: \n\n');
    const streams = this.#open.get(helperId) ?? new Set();
    this.#open.set(helperId, streams.add(res));
    const heartbeat = setInterval(() => res.write(': still here\n\n'), HEARTBEAT_MS);
    const end = setTimeout(() => res.end(), LONGEST_MS);
    heartbeat.unref();
    end.unref();
    res.once('close', () => {
      clearInterval(heartbeat);
      clearTimeout(end);
      streams.delete(res);
      if (streams.size === 0) this.#open.delete(helperId);
    });
  }

  #announce(streams: Iterable<Response>): void {
    for (const stream of streams) stream.write('event: arrival\ndata: \n\n');
  }
}
