import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { loadConfig } from '#src/config.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import { startChild } from '#src/dev/bench/child.ts';
import { prepareOurDatabase } from '#src/dev/bench/contenders/ours.ts';
import { fillWorld, type WorldSize } from '#src/dev/bench/fill-world.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Percentiles, percentilesOf } from '#src/dev/bench/percentiles.ts';
import { provision } from '#src/dev/bench/subscribed-app.ts';
import { freePort } from '#src/dev/free-port.ts';
import { systemClock } from '#src/infra/lib/clock.ts';
import { createCipher } from '#src/infra/lib/encryption.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';
import { devSignInPath } from '#src/surfaces/heroku/dev-sign-in.ts';
import type { Scenario } from './scenario.ts';

export interface PageFigures {
  path: string;
  /** Of the page, uncompressed. */
  bytes: number;
  /** From the request to the end of the answer, one request at a time. */
  ms: Percentiles;
}

export interface Pages {
  size: WorldSize;
  pages: PageFigures[];
}

const ROUNDS = 10;
const SUBSCRIBERS = 1500;
const FAILING = 200;

/** Below `/apps/:app`. */
const OF_AN_APP = [
  ...[
    '',
    '/edit',
    '/webhook_events',
    '/subscriptions',
    '/subscriptions?q=customer-77',
    '/endpoints',
    '/issues',
  ],
  ...['/messages', '/messages?q=order-42', '/messages/:message', '/messages/:message/deliveries/:endpoint'],
  ...[
    '/deliveries',
    '/deliveries?state=failed',
    '/deliveries?q=order-42',
    '/deliveries?subscription_id=:subscription',
  ],
  ...['/webhook_attempts', '/webhook_attempts?status=failed', '/webhook_attempts?status_code=500'],
  ...[
    '/webhook_attempts?q=order-42',
    '/webhook_attempts?subscription_id=:subscription',
    '/webhook_attempts/:attempt',
  ],
  ...['/subscriptions/:subscription', '/endpoints/:endpoint', '/endpoints/:endpoint/rules', '/replays'],
];
const PATHS = [
  ...[
    '/dashboard',
    '/dashboard?range=1h',
    '/dashboard?range=30d',
    '/apps',
    '/logs',
    '/logs?status=failed',
    '/requests',
  ],
  ...[
    '/find?q=order-42',
    '/find?q=customer-77',
    '/settings/usage',
    ...OF_AN_APP.map((path) => `/apps/:app${path}`),
  ],
];

export const pages: Scenario<Pages> = {
  title: 'Pages',
  about:
    'Pages of an account with as many attempts as the deep queues have jobs, by up to 1,500 subscribers; each is asked for one at a time.',
  async measure(laboratory) {
    const size = sizeOf(laboratory.depth);
    const { url, cookie, ids } = await startServer(laboratory, size);
    const measured: PageFigures[] = [];
    for (const path of PATHS) {
      const asked = url + path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? '');
      measured.push({ path, ...(await timePage(asked, cookie, laboratory.share(ROUNDS))) });
    }
    return { size, pages: measured };
  },
  rows: ({ pages: measured }) =>
    measured.map(({ path, bytes, ms }) => ({
      page: path,
      KB: bytes / 1000,
      'p50 ms': ms.p50,
      'max ms': ms.max,
    })),
};

/** Every message goes to all subscribers. */
function sizeOf(attempts: number): WorldSize {
  const subscribers = Math.min(SUBSCRIBERS, Math.ceil(Math.sqrt(attempts)));
  return {
    subscribers,
    events: 120,
    messages: Math.ceil(attempts / subscribers),
    days: 7,
    failing: Math.ceil((subscribers * FAILING) / SUBSCRIBERS),
  };
}

/** The server on a filled database, and a person's session there. */
async function startServer(laboratory: Laboratory, size: WorldSize) {
  const database = await prepareOurDatabase(laboratory, 'pages');
  const env = { DATABASE_URL: database.url, PORT: String(await freePort()), LOG_LEVEL: 'error' };
  const config = loadConfig(env);
  laboratory.use(await startChild('server', { args: ['web'], env }));
  const resourceId = randomUUID();
  await provision(config, resourceId);
  const ids = await fill(database.pool, { config, resourceId, size });
  const parts = { appSecret: config.secrets.app, clock: systemClock };
  const person = { resourceId, herokuUserId: 'bench', email: 'bench@acme.example' };
  const url = config.http.baseUrl;
  const signedIn = await fetch(url + devSignInPath(parts, person), { redirect: 'manual' });
  const cookie = signedIn.headers.getSetCookie().map((line) => line.split(';')[0]);
  return { url, cookie: cookie.join('; '), ids };
}

/** Fills the world as it is when background work has caught up; answers an id of each kind by its name in paths. */
async function fill(
  pool: Pool,
  {
    config,
    resourceId,
    size,
  }: { config: ReturnType<typeof loadConfig>; resourceId: string; size: WorldSize },
): Promise<Record<string, string>> {
  const { encryption, encryptionPrevious } = config.secrets;
  const cipher = createCipher({ current: encryption, previous: encryptionPrevious });
  const { rows } = await pool.query<{ accountId: string }>(
    'select account_id as "accountId" from heroku_resources where id = $1',
    [resourceId],
  );
  const accountId = rows[0]?.accountId ?? '';
  const app = await fillWorld({ cipher, pool }, accountId, size);
  await new SearchIndex({ pool, clock: systemClock, logger: createLogger('error') }).catchUp();
  await pool.query('vacuum (analyze)');
  const idOf = async (table: string) => {
    const { rows: found } = await pool.query<{ id: string }>(
      `select id from ${table} where account_id = $1 order by id desc limit 1`,
      [accountId],
    );
    return found[0]?.id ?? '';
  };
  return {
    app,
    subscription: await idOf('subscriptions'),
    endpoint: await idOf('endpoints'),
    message: await idOf('messages'),
    attempt: await idOf('attempts'),
  };
}

/** Once before it counts, because an account that is looked at has been looked at before. */
async function timePage(url: string, cookie: string, rounds: number): Promise<Omit<PageFigures, 'path'>> {
  const get = async () => {
    const startedMs = performance.now();
    const answer = await fetch(url, {
      headers: { cookie, accept: 'text/html', 'accept-encoding': 'identity' },
    });
    const { byteLength } = await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${url} answered ${String(answer.status)}`);
    return { bytes: byteLength, ms: performance.now() - startedMs };
  };
  let { bytes } = await get();
  const times: number[] = [];
  while (times.length < rounds) {
    const page = await get();
    bytes = Math.max(bytes, page.bytes);
    times.push(page.ms);
  }
  return { bytes, ms: percentilesOf(times) };
}
