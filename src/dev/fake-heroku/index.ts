import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, type RecordedRequest } from './app.ts';
import { type Fault, Faults } from './faults.ts';
import { Platform } from './platform.ts';
import type { WorldStore } from './world-store.ts';

export interface FakeHerokuOptions {
  clientSecret: string;
  /** A free port by default. */
  port?: number;
  /** The store of the world; memory by default. */
  state?: WorldStore;
  clock?: Platform['clock'];
  /** Entries of one page of a list. */
  pageSize?: number;
  /** Whether a refresh returns a new refresh token and revokes the old one. */
  rotatesRefreshTokens?: boolean;
  webhookRetryDelayMs?: number;
}

export interface FakeHeroku extends AsyncDisposable {
  url: string;
  /** The environment that makes a server use this fake Heroku. */
  env: { HEROKU_API_URL: string; HEROKU_ID_URL: string; HEROKU_CLIENT_SECRET: string };
  /** The actions of customers at Heroku. */
  platform: Platform;
  /** The requests so far, the newest last. */
  requests: RecordedRequest[];
  /** Plans a fault of a route: `fail('PATCH /addons/:id/config', { status: 503, times: 2 })`. */
  fail(route: string, fault: Fault): void;
  /** Removes the planned faults. */
  heal(): void;
  stop(): Promise<void>;
}

/** Between two polls for due deliveries: retries, and those that another process announced. */
const POLL_MS = 200;

/** Starts the part of Heroku that a provider talks to: id.heroku.com and api.heroku.com on one port, and webhooks. */
export async function startFakeHeroku(options: FakeHerokuOptions): Promise<FakeHeroku> {
  const platform = new Platform(options);
  const faults = new Faults();
  const requests: RecordedRequest[] = [];
  const { clientSecret, pageSize = 200, rotatesRefreshTokens = false } = options;
  const rules = { clientSecret, pageSize, rotatesRefreshTokens };
  const server = createApp({ platform, faults, requests, rules }).listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  await platform.alter(({ world }) => (world.platformUrl = url));
  const poller = pollForWebhooks(platform);
  const stop = async () => {
    await poller.stop();
    await platform.alter(({ world }) => {
      if (world.platformUrl === url) world.platformUrl = null;
    });
    await close(server);
  };
  return {
    url,
    env: { HEROKU_API_URL: url, HEROKU_ID_URL: url, HEROKU_CLIENT_SECRET: options.clientSecret },
    platform,
    requests,
    fail: (route, fault) => faults.plan(route, fault),
    heal: () => faults.clear(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function pollForWebhooks(platform: Platform): { stop(): Promise<void> } {
  let polling = Promise.resolve();
  const timer = setInterval(() => {
    // The next poll repeats a failed one.
    polling = polling.then(() => platform.deliverWebhooks()).catch(() => {});
  }, POLL_MS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await polling;
    },
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
