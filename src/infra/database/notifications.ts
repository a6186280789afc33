import pg from 'pg';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { connectionOptions } from './connection.ts';
import { isPooled, sharesBackends } from './pooler.ts';

const RECONNECT_MS = 1000;
/**
 * Between the gaps that are announced where notifications do not come: how long caches are stale at most. A twelfth of
 * the time that an app is cached otherwise, so that reading the apps in use again costs little.
 */
const GAP_MS = 5000;

export interface Notifications {
  /** Calls `handler` with the payload of every NOTIFY on `channel`; answers a function that unsubscribes it. */
  on(channel: Channel, handler: (payload: string) => void): () => void;
  /** Calls `handler` when the connection is lost and when it is back, because notifications in between are missed. */
  onGap(handler: () => void): void;
  /** Whether notifications come; known after the start. Else only gaps are announced. */
  readonly doCome: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const CHANNELS = [
  'control_plane',
  'deliveries',
  'endpoint_holds',
  'endpoint_queues',
  'hook_helper',
  'own_webhooks',
] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * Listens (SQL LISTEN) on a connection of its own, and reconnects every second while it is lost. Behind a pooler in
 * transaction mode nobody can listen: a gap is announced every `gapMs` instead, 5 seconds by default.
 */
export function createNotifications(options: ListenerOptions): Notifications {
  return new Listener(options);
}

interface ListenerOptions {
  url: string;
  logger: Logger;
  gapMs?: number;
}

class Listener implements Notifications {
  readonly #url: string;
  readonly #logger: Logger;
  readonly #gapMs: number;
  readonly #handlers = new Map<string, Set<(payload: string) => void>>();
  readonly #gapHandlers: (() => void)[] = [];
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #gaps: NodeJS.Timeout | undefined;
  #isStopped = false;
  doCome = true;

  constructor({ url, logger, gapMs = GAP_MS }: ListenerOptions) {
    this.#url = url;
    this.#logger = logger;
    this.#gapMs = gapMs;
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
    const client = this.#newClient();
    client.on('notification', ({ channel, payload }) => {
      for (const handler of this.#handlers.get(channel) ?? []) handler(payload ?? '');
    });
    client.on('end', () => {
      if (this.#client === client) this.#reconnectLater();
    });
    try {
      await client.connect();
      if (!(await this.#hasSession(client))) {
        await client.end();
        this.#announceGaps();
        return;
      }
      await client.query(CHANNELS.map((channel) => `listen ${channel}`).join(';'));
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.doCome = true;
    if (this.#isStopped) await client.end();
    else this.#client = client;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#gaps);
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  #newClient(): pg.Client {
    const client = new pg.Client({
      ...connectionOptions(this.#url),
      application_name: 'hostedhooks-listen',
      keepAlive: true,
    });
    return client.on('error', (error) => {
      this.#logger.warn({ err: error }, 'the listening connection was lost');
    });
  }

  /** Whether `client` keeps its backend. Found out before it listens, because LISTEN would be left to others. */
  async #hasSession(client: pg.Client): Promise<boolean> {
    if (!(await isPooled(client))) return true;
    const other = this.#newClient();
    try {
      await other.connect();
      return !(await sharesBackends(client, other));
    } finally {
      await other.end();
    }
  }

  #announceGaps(): void {
    if (this.#isStopped) return;
    this.doCome = false;
    this.#logger.info(
      { gapMs: this.#gapMs },
      'DATABASE_URL leads to a pooler in transaction mode, where nobody can listen: ' +
        'changes and due jobs are polled for',
    );
    this.#announceGap();
    this.#gaps = setInterval(() => {
      this.#announceGap();
    }, this.#gapMs);
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
