import pg from 'pg';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { connectionOptions } from './connection.ts';

const RECONNECT_MS = 1000;

export interface Notifications {
  /** Calls `handler` with the payload of every NOTIFY on `channel`; answers a function that unsubscribes it. */
  on(channel: Channel, handler: (payload: string) => void): () => void;
  /** Calls `handler` when the connection is lost and when it is back, because notifications in between are missed. */
  onGap(handler: () => void): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const CHANNELS = ['control_plane', 'deliveries', 'endpoint_holds', 'hook_helper'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Listens (SQL LISTEN) on a connection of its own, and reconnects every second while it is lost. */
export function createNotifications(options: { url: string; logger: Logger }): Notifications {
  return new Listener(options.url, options.logger);
}

class Listener implements Notifications {
  readonly #url: string;
  readonly #logger: Logger;
  readonly #handlers = new Map<string, Set<(payload: string) => void>>();
  readonly #gapHandlers: (() => void)[] = [];
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(url: string, logger: Logger) {
    this.#url = url;
    this.#logger = logger;
  }

  on(channel: Channel, handler: (payload: string) => void): () => void {
    const handlers = this.#handlers.get(channel) ?? new Set();
    handlers.add(handler);
    this.#handlers.set(channel, handlers);
    return () => handlers.delete(handler);
  }

  onGap(handler: () => void): void {
    this.#gapHandlers.push(handler);
  }

  async start(): Promise<void> {
    const client = new pg.Client({
      ...connectionOptions(this.#url),
      application_name: 'hostedhooks-listen',
      keepAlive: true,
    });
    client.on('notification', ({ channel, payload }) => {
      for (const handler of this.#handlers.get(channel) ?? []) handler(payload ?? '');
    });
    client.on('error', (error) => {
      this.#logger.warn({ err: error }, 'the listening connection was lost');
    });
    client.on('end', () => {
      if (this.#client === client) this.#reconnectLater();
    });
    try {
      await client.connect();
      await client.query(CHANNELS.map((channel) => `listen ${channel}`).join(';'));
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    if (this.#isStopped) await client.end();
    else this.#client = client;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  #reconnectLater(): void {
    this.#client = undefined;
    this.#announceGap();
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.start().then(
        () => {
          this.#announceGap();
        },
        (error: unknown) => {
          this.#logger.warn({ err: error }, 'the listening connection could not be opened again');
          this.#reconnectLater();
        },
      );
    }, RECONNECT_MS);
  }

  #announceGap(): void {
    for (const handler of this.#gapHandlers) handler();
  }
}
