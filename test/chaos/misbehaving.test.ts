import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrivalsByAttempt } from '#test/support/arrivals.ts';
import {
  answer,
  type Behaviour,
  closeInTheBody,
  closeWithoutAnswer,
  dripBody,
  dripHeaders,
  flood,
  hang,
  rawBytes,
  redirectTo,
  reset,
} from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { settledLedger } from '#test/support/ledger.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const MESSAGES = 30;
/** The healthy receiver shares this process, so a busy machine delays its answers by seconds. */
const TIMEOUT_MS = 5000;
/** Far above what thirty messages need, far below what a flood that is read, or sockets that leak, would take. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

const MISBEHAVIOURS: Record<string, Behaviour> = {
  hangs: hang,
  dripsHeaders: dripHeaders(),
  dripsBody: dripBody(),
  resets: reset,
  closes: closeWithoutAnswer,
  closesInTheBody: closeInTheBody,
  redirects: redirectTo('http://127.0.0.1:9/'),
  floodsErrors: flood(500),
  speaksGarbage: rawBytes('\u0000\u0001 what is this?\r\n\r\n'),
  speaksHalf: rawBytes('HTTP/1.1 200'),
  answersSlowly: ({ response }) => void setTimeout(() => response.writeHead(503).end(), 250),
  limitsRate: answer(429, { headers: { 'retry-after': '1' } }),
  isGone: answer(410),
  fails: answer(500, { body: 'x'.repeat(100_000) }),
};

test(
  'receivers that misbehave in every way at once cost the healthy one beside them nothing',
  { timeout: 90_000 },
  async () => {
    await using server = await startTestServer({
      env: {
        DELIVERY_TIMEOUT_MS: String(TIMEOUT_MS),
        DELIVERY_LEASE_SECONDS: '20',
        DELIVERY_RETRY_DELAYS: '0.2',
      },
    });
    const { attempts, endpoints, pool } = server.container;
    await using healthy = await startReceiver();
    // One origin for all of them, as at a host of many tenants.
    await using bad = await startReceiver((exchange) => {
      MISBEHAVIOURS[exchange.request.path.slice(1)]?.(exchange);
    });
    const { app, post, subscription } = await createSubscribedApp(server, { url: healthy.url });
    const made = await Promise.all(
      Object.keys(MISBEHAVIOURS).map(async (name) => {
        const endpoint = await endpoints.create(subscription, { url: `${bad.url}/${name}`, version: '1.0' });
        return [name, endpoint.id] as const;
      }),
    );
    const socketsBefore = openSockets();
    const bytesBefore = process.memoryUsage().rss;

    await Promise.all(Array.from({ length: MESSAGES }, () => post()));
    await healthy.firstRequests(MESSAGES);
    const { delivered, ...others } = await settledLedger(pool, 80_000);

    assert.equal(healthy.requests.length, MESSAGES);
    assert.ok(healthy.requests.every(({ headers }) => headers['hostedhooks-attempt'] === '1'));
    assert.equal(delivered, MESSAGES, 'nobody but the healthy one took anything');
    assert.equal((others['failed'] ?? 0) + (others['held'] ?? 0), MESSAGES * made.length);
    assert.deepEqual(
      Object.keys(others).filter((state) => state !== 'failed' && state !== 'held'),
      [],
    );
    const often = [...arrivalsByAttempt(bad.requests)].filter(([, arrivals]) => arrivals > 1);
    assert.deepEqual(often, [], 'no attempt was made twice');
    for (const [name, endpointId] of made) {
      const [last] = await attempts.page(app, { endpointId }, { limit: 1, offset: 0 });
      assert.equal(last?.succeeded, false, name);
      assert.ok((await endpoints.getOfApp(app, endpointId)).status === 'inactive', name);
    }
    assert.ok(process.memoryUsage().rss - bytesBefore < MAX_GROWTH_BYTES);
    await eventually('few sockets', () => openSockets() < socketsBefore + 2 * made.length + 64);
  },
);

const openSockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
