import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, type RecordedRequest } from './app.ts';
import { type Fault, Faults } from './faults.ts';
import { Platform } from './platform.ts';
import type { WorldStore } from './world-store.ts';

export interface FakeHerokuOptions {
  clientSecret: string;
  /** By default one that is free. */
  port?: number;
  /** Where its world is kept; by default in memory. */
  state?: WorldStore;
  clock?: Platform['clock'];
  /** How many entries a list answers at once. */
  pageSize?: number;
  /** Whether a refresh answers another refresh token, and ends the old one. */
  rotatesRefreshTokens?: boolean;
  webhookRetryDelayMs?: number;
}

export interface FakeHeroku extends AsyncDisposable {
  url: string;
  /** What makes a server use it. */
  env: { HEROKU_API_URL: string; HEROKU_ID_URL: string; HEROKU_CLIENT_SECRET: string };
  /** What customers do at Heroku. */
  platform: Platform;
  /** All that were made, the newest last. */
  requests: RecordedRequest[];
  /** Lets the next requests of a route go wrong: `fail('PATCH /addons/:id/config', { status: 503, times: 2 })`. */
  fail(route: string, fault: Fault): void;
  /** No fault is planned any more. */
  heal(): void;
  stop(): Promise<void>;
}

/** How often it looks whether a webhook is due that another process has put down, or that must be repeated. */
const LOOK_MS = 200;

/** The part of Heroku that a provider talks to: id.heroku.com and api.heroku.com in one, and add-on webhooks. */
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
  const looking = lookForWebhooks(platform);
  const stop = async () => {
    await looking.stop();
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

function lookForWebhooks(platform: Platform): { stop(): Promise<void> } {
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    // A look that fails is made good by the next.
    looking = looking.then(() => platform.deliverWebhooks()).catch(() => {});
  }, LOOK_MS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
