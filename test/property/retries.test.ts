import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { answer, type Behaviour, hang, reset } from '#test/support/behaviours.ts';
import { settledLedger } from '#test/support/ledger.ts';
import type { ReceivedRequest } from '#test/support/received-request.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';

/** What a receiver does with one attempt. */
type Reaction = { status: number; retryAfterSeconds: number | null } | 'reset' | 'hang';

/** A delivery's life, as the world will have it. */
interface Life {
  retryDelaysSeconds: number[];
  successPolicy: 'any_2xx' | 'only_200';
  reactions: Reaction[];
}

const LIVES_AT_ONCE = 40;
/** Clocks of milliseconds, read in two places. */
const ROUNDING_MS = 2;

const server = await startTestServer({ env: { DELIVERY_TIMEOUT_MS: '300' } });
after(() => server[Symbol.asyncDispose]());
const { attempts, pool } = server.container;

const reaction: fc.Arbitrary<Reaction> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      status: fc.constantFrom(200, 201, 204, 302, 404, 410, 429, 500, 503),
      retryAfterSeconds: fc.option(fc.constantFrom(0, 1), { freq: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom('reset' as const, 'hang' as const) },
);
const life: fc.Arbitrary<Life> = fc.record({
  retryDelaysSeconds: fc.array(fc.constantFrom(0, 0.02, 0.1, 0.4), { maxLength: 4 }),
  successPolicy: fc.constantFrom('any_2xx', 'only_200'),
  reactions: fc.array(reaction, { minLength: 5, maxLength: 5 }),
});

test('whatever receivers do, deliveries live as the schedule says', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { minLength: LIVES_AT_ONCE, maxLength: LIVES_AT_ONCE }),
      async (lives) => {
        await Promise.all(lives.map(live));
        await settledLedger(pool, 60_000);
      },
    ),
    // Each run takes seconds, and holds many lives; it is the seed that helps.
    { numRuns: 2, endOnFailure: true },
  );
});

async function live(world: Life): Promise<void> {
  await using receiver = await startReceiver(({ index, ...exchange }) => {
    behaviourOf(world.reactions[index] ?? 'hang')({ index, ...exchange });
  });
  const { retryDelaysSeconds, successPolicy } = world;
  const { app, post } = await createSubscribedApp(server, {
    url: receiver.url,
    retryDelaysSeconds,
    app: { successPolicy },
  });
  const { message } = await post();
  const expected = endOf(world);
  const delivery = await finalDelivery(message);

  assert.deepEqual([delivery.state, delivery.attemptsMade], [expected.state, expected.attempts]);
  assert.deepEqual(
    receiver.requests.map(({ headers }) => Number(headers['hostedhooks-attempt'])),
    Array.from({ length: expected.attempts }, (_, index) => index + 1),
  );
  assertNeverTooEarly(world, receiver.requests);
  const logged = await attempts.page(app, { messageId: message.id }, { limit: 50, offset: 0 });
  const followed = logged.map(({ nextAttemptAt }) => nextAttemptAt !== null).reverse();
  assert.deepEqual(
    followed,
    Array.from({ length: expected.attempts }, (_, index) => index < expected.attempts - 1),
  );
}

/** The model: how it ends, and at which attempt. */
function endOf({ retryDelaysSeconds, successPolicy, reactions }: Life): { state: string; attempts: number } {
  for (const [index, reaction] of reactions.entries()) {
    const status = typeof reaction === 'string' ? null : reaction.status;
    const isSuccess =
      status !== null && (successPolicy === 'only_200' ? status === 200 : status >= 200 && status < 300);
    if (isSuccess) return { state: 'delivered', attempts: index + 1 };
    if (status === 410 || index >= retryDelaysSeconds.length) return { state: 'failed', attempts: index + 1 };
  }
  throw new Error('A schedule has at most four delays');
}

function assertNeverTooEarly({ retryDelaysSeconds, reactions }: Life, requests: ReceivedRequest[]): void {
  for (const [index, { arrivedAtMs }] of requests.slice(1).entries()) {
    const reaction = reactions[index] ?? 'hang';
    const asked = typeof reaction === 'string' ? 0 : (reaction.retryAfterSeconds ?? 0);
    const wait = Math.max(retryDelaysSeconds[index] ?? Infinity, asked) * 1000;
    const waited = arrivedAtMs - (requests[index]?.arrivedAtMs ?? 0);
    assert.ok(waited >= wait - ROUNDING_MS, `${String(waited)} ms in place of ${String(wait)}`);
  }
}

async function finalDelivery(message: Message) {
  const until = Date.now() + 60_000;
  for (;;) {
    const [delivery] = await deliveriesOf(pool, message);
    if (delivery !== undefined && delivery.state !== 'pending' && delivery.state !== 'scheduled')
      return delivery;
    assert.ok(Date.now() < until, 'not final after a minute');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function behaviourOf(reaction: Reaction): Behaviour {
  if (reaction === 'reset') return reset;
  if (reaction === 'hang') return hang;
  const { status, retryAfterSeconds } = reaction;
  return answer(status, {
    headers: retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) },
  });
}
