import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Conflict } from '#src/infra/lib/errors.ts';
import { expireLeases } from '#src/infra/queue/expire-leases.ts';
import { answer } from '#test/support/behaviours.ts';
import { assertMovesAreListed, recordMoves } from '#test/support/delivery-moves.ts';
import { assertOutstandingOnce, settledLedger } from '#test/support/ledger.ts';
import { startPostgresProxy } from '#test/support/postgres-proxy.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const env = {
  DELIVERY_TIMEOUT_MS: '3000',
  DELIVERY_LEASE_SECONDS: '4',
  DELIVERY_RETRY_DELAYS: '0.05,0.05',
};

// One process that accepts and delivers from memory, one that only fetches, and is killed at times. The way of the
// second to PostgreSQL can be cut.
const server = await startTestServer({ env });
const { endpoints, pool, replays } = server.container;
const proxy = await startPostgresProxy(server.databaseUrl);
const startWorker = () => startServerProcess({ databaseUrl: proxy.url, entry: 'worker', env });
let worker = await startWorker();
after(async () => {
  await worker[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('post' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('answer' as const),
      status: fc.constantFrom(200, 200, 500, 500, 410),
    }),
  },
  ...(
    [
      [2, 'turnOff'],
      [3, 'turnOn'],
      [2, 'replayAll'],
      [3, 'replayOne'],
      [2, 'endLeases'],
      [2, 'loseAnswer'],
      [1, 'cut'],
      [1, 'kill'],
    ] as const
  ).map(([weight, does]) => ({ weight, arbitrary: fc.constant({ does }) })),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test(
  'whatever happens, every outstanding delivery is named by exactly one job',
  { timeout: 180_000 },
  async () => {
    await recordMoves(pool);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 14 }), async (steps) => {
        await using life = await beginLife();
        for (const one of steps) {
          await life[one.does](one as never);
          await assertOutstandingOnce(pool);
        }
        await life.beWell();
        await settledLedger(pool, 40_000);
      }),
      // A run takes seconds: a shorter example would take minutes to find.
      { numRuns: 12, endOnFailure: true },
    );
    // A run of few steps makes few kinds of moves, but rows do begin.
    assert.ok((await assertMovesAreListed(pool)) > 0);
  },
);

async function beginLife() {
  const held: ServerResponse[] = [];
  const receiver = await startReceiver(({ response }) => void held.push(response));
  const { endpointNow, post } = await createSubscribedApp(server, { url: receiver.url });
  const posted: string[] = [];
  const reply = (status: number) => held.shift()?.writeHead(status).end();
  const setStatus = async (status: 'active' | 'inactive') => {
    await endpoints.update(await endpointNow(), { status });
  };

  return {
    async post({ count }: Extract<Step, { does: 'post' }>) {
      const accepted = await Promise.all(Array.from({ length: count }, () => post()));
      posted.push(...accepted.map(({ message }) => message.id));
      // Whatever of it goes out now, goes out now.
      await new Promise((resolve) => setTimeout(resolve, 30));
    },
    async answer({ status }: Extract<Step, { does: 'answer' }>) {
      reply(status);
      await new Promise((resolve) => setTimeout(resolve, 30));
    },
    turnOff: () => setStatus('inactive'),
    turnOn: () => setStatus('active'),
    replayAll: () =>
      unlessConflict(async () => replays.start(await endpointNow(), { states: ['failed', 'held'] })),
    replayOne: () =>
      unlessConflict(async () => {
        const endpoint = await endpointNow();
        const { accountId, appId, id: endpointId } = endpoint;
        const messageId = posted.shift();
        if (messageId === undefined) return;
        posted.push(messageId);
        await replays.replayOne(endpoint, { accountId, appId, messageId, endpointId }, { isForced: true });
      }),
    /** As if whoever holds them were thought dead: another takes over what is still under way. */
    async endLeases() {
      await expireLeases(pool);
      await pool.query(`select pg_notify('deliveries', '')`);
    },
    async loseAnswer() {
      void proxy.stopAt({ of: 'settle', when: 'after' }).then(({ cut }) => cut());
    },
    async cut() {
      proxy.cutAll();
    },
    async kill() {
      await worker[Symbol.asyncDispose]();
      worker = await startWorker();
    },
    async beWell() {
      receiver.behave(answer(200));
      while (held.length > 0) reply(200);
      await setStatus('active');
    },
    [Symbol.asyncDispose]: () => receiver.close(),
  };
}

async function unlessConflict(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}
