import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { loadConfig } from '#src/config.ts';
import { freePort } from '#src/dev/free-port.ts';
import { startChild } from '#src/dev/bench/child.ts';
import { prepareOurDatabase } from '#src/dev/bench/contenders/ours.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Percentiles, percentilesOf } from '#src/dev/bench/percentiles.ts';
import type { Scenario } from './scenario.ts';

export interface Provisions {
  perSecond: number;
  provisioned: number;
  errors: number;
  /** Milliseconds from the request to the end of the response. */
  answer: Percentiles;
  /** From the first provision until every grant is exchanged. */
  authorizedSeconds: number;
}

const PER_SECOND = 50;
const SECONDS_FACTOR = 2;
const AUTHORIZED_WITHIN_MS = 5 * 60_000;
const CLIENT_SECRET = 'bench';

export const provisioning: Scenario<Provisions> = {
  title: 'Provisioning',
  about:
    '50 provisions a second, as Heroku makes them for review apps, each with a grant that the same process exchanges.',
  async measure(laboratory) {
    const id = await startIdServer();
    laboratory.use({ stop: () => stop(id) });
    const { url, pool } = await startServer(laboratory, addressOf(id));
    const agent = new Agent({ keepAlive: true });
    laboratory.use({ stop: async () => agent.destroy() });
    await Promise.all(Array.from({ length: 10 }, () => provision(url, agent)));

    const startedMs = performance.now();
    const total = Math.round(PER_SECOND * laboratory.seconds * SECONDS_FACTOR);
    const inFlight: ReturnType<typeof provision>[] = [];
    while (inFlight.length < total) {
      if ((inFlight.length * 1000) / PER_SECOND <= performance.now() - startedMs)
        inFlight.push(provision(url, agent));
      else await pause(1);
    }
    const answers = await Promise.all(inFlight);
    await authorized(pool, total);
    return {
      perSecond: PER_SECOND,
      provisioned: answers.filter(({ status }) => status === 200).length,
      errors: answers.filter(({ status }) => status !== 200).length,
      answer: percentilesOf(answers.map(({ tookMs }) => tookMs)),
      authorizedSeconds: (performance.now() - startedMs) / 1000,
    };
  },
  rows: ({ answer, errors, perSecond, provisioned, authorizedSeconds }) => [
    {
      'provisions/s': perSecond,
      provisioned,
      errors,
      'p50 ms': answer.p50,
      'p95 ms': answer.p95,
      'p99 ms': answer.p99,
      'max ms': answer.max,
      'all authorized after s': authorizedSeconds,
    },
  ],
};

async function startServer(laboratory: Laboratory, idUrl: string): Promise<{ url: string; pool: Pool }> {
  const database = await prepareOurDatabase(laboratory, 'provisioning');
  const env = {
    DATABASE_URL: database.url,
    PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    HEROKU_CLIENT_SECRET: CLIENT_SECRET,
    HEROKU_ID_URL: idUrl,
    HEROKU_API_URL: idUrl,
  };
  laboratory.use(await startChild('server', { args: ['both'], env }));
  return { url: loadConfig(env).http.baseUrl, pool: database.pool };
}

/** A stand-in for id.heroku.com that exchanges every grant and answers 404 to all else. */
async function startIdServer(): Promise<Server> {
  const server = createServer((req, res) => {
    req.resume();
    const isToken = req.url === '/oauth/token';
    const body = isToken
      ? { access_token: randomUUID(), refresh_token: randomUUID(), expires_in: 28_799 }
      : {};
    res.writeHead(isToken ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const addressOf = (server: Server) => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

async function provision(url: string, agent: Agent): Promise<{ status: number; tookMs: number }> {
  const { manifestId, passwords } = loadConfig({}).heroku;
  const uuid = randomUUID();
  const expiresAt = new Date(Date.now() + 300_000).toISOString();
  const body = JSON.stringify({
    uuid,
    name: `hosted-hooks-${uuid.slice(0, 8)}`,
    plan: 'hobby',
    region: 'amazon-web-services::us-east-1',
    callback_url: `https://api.heroku.com/addons/${uuid}`,
    oauth_grant: { code: randomUUID(), expires_at: expiresAt, type: 'authorization_code' },
    options: {},
  });
  const startedMs = performance.now();
  const status = await new Promise<number>((resolve) => {
    const sent = request(`${url}/heroku/resources`, {
      method: 'POST',
      agent,
      auth: `${manifestId}:${passwords[0]?.reveal() ?? ''}`,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    sent.on('error', () => {
      resolve(0);
    });
    sent.on('response', (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    sent.end(body);
  });
  return { status, tookMs: performance.now() - startedMs };
}

async function authorized(pool: Pool, atLeast: number): Promise<void> {
  const until = performance.now() + AUTHORIZED_WITHIN_MS;
  while (performance.now() < until) {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::int as count from heroku_authorizations where state = 'authorized'`,
    );
    if ((rows[0]?.count ?? 0) >= atLeast) return;
    await pause(100);
  }
  throw new Error('Grants were not exchanged within their five minutes');
}
