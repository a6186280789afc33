import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import { answer, type Behaviour, hang, reset } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { settledLedger } from '#test/support/ledger.ts';
import type { ReceivedRequest } from '#test/support/received-request.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';
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
/** What waits for a connection to PostgreSQL waits for seconds at most. */
const SET_UP_AT_ONCE = 4;
/** Clocks of milliseconds, read in two places. */
const ROUNDING_MS = 2;
const MAX_ATTEMPTS = 5;

// A receiver that answers may still be too late for the deadline when the machine is busy: what is expected of a
// delivery follows from the outcomes that its attempts had, not from what the receiver meant to do.
const server = await startTestServer({ env: { DELIVERY_TIMEOUT_MS: '1000' } });
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
  reactions: fc.array(reaction, { minLength: MAX_ATTEMPTS, maxLength: MAX_ATTEMPTS }),
});

test('whatever receivers do, deliveries live as the schedule says', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { minLength: LIVES_AT_ONCE, maxLength: LIVES_AT_ONCE }),
      async (lives) => {
        const worlds: World[] = [];
        for (const some of chunksOf(lives, SET_UP_AT_ONCE))
          worlds.push(...(await Promise.all(some.map(setUp))));
        await Promise.all(worlds.map(live));
        await settledLedger(pool, 60_000);
      },
    ),
    // Each run takes seconds, and holds many lives; it is the seed that helps.
    { numRuns: 2, endOnFailure: true },
  );
});

interface World {
  life: Life;
  receiver: Receiver;
  subscribed: SubscribedApp;
}

async function setUp(life: Life): Promise<World> {
  const { reactions, retryDelaysSeconds, successPolicy } = life;
  const receiver = await startReceiver((exchange) => {
    behaviourOf(reactions[attemptOf(exchange.request) - 1] ?? 'hang')(exchange);
  });
  const setup = { url: receiver.url, retryDelaysSeconds, app: { successPolicy } };
  return { life, receiver, subscribed: await createSubscribedApp(server, setup) };
}

async function live({ life, receiver, subscribed }: World): Promise<void> {
  await using _ = receiver;
  const { app, post } = subscribed;
  const { message } = await post();
  const delivery = await finalDelivery(message);
  const made = (await attempts.page(app, { messageId: message.id }, { limit: 50, offset: 0 })).reverse();

  const expected = endOf(life, made);
  assert.deepEqual([delivery.state, delivery.attemptsMade], [expected.state, expected.attempts]);
  const numbers = Array.from({ length: expected.attempts }, (_, index) => index + 1);
  assert.deepEqual(
    made.map(({ attemptNumber }) => attemptNumber),
    numbers,
  );
  assert.deepEqual(
    made.map(({ nextAttemptAt }) => nextAttemptAt !== null),
    numbers.map((number) => number < expected.attempts),
  );
  for (const attempt of made) assertLikely(attempt, life.reactions[attempt.attemptNumber - 1]);
  assertArrivals(made, receiver.requests);
  assertNeverTooEarly(life, made, receiver.requests);
}

const attemptOf = ({ headers }: ReceivedRequest) => Number(headers['hostedhooks-attempt']);

/** The model: how it ends, and at which attempt, after what its attempts got. */
function endOf({ retryDelaysSeconds, successPolicy }: Life, made: Attempt[]) {
  for (const [index, { outcome, statusCode }] of made.entries()) {
    const isAnswer = outcome === 'status' && statusCode !== null;
    const isSuccess =
      isAnswer && (successPolicy === 'only_200' ? statusCode === 200 : statusCode >= 200 && statusCode < 300);
    if (isSuccess) return { state: 'delivered', attempts: index + 1 };
    const isLast = statusCode === 410 || index >= retryDelaysSeconds.length;
    if (isLast) return { state: 'failed', attempts: index + 1 };
  }
  return { state: 'scheduled', attempts: made.length };
}

/** An attempt got what the receiver meant to do, or came too late to hear of it. */
function assertLikely({ outcome, statusCode }: Attempt, reaction: Reaction = 'hang'): void {
  if (outcome === 'timeout') return;
  if (typeof reaction === 'string') assert.equal(outcome, reaction);
  else assert.deepEqual([['status', 'redirected'].includes(outcome), statusCode], [true, reaction.status]);
}

/** Each attempt arrives once. Only of one that timed out the request may have come nowhere. */
function assertArrivals(made: Attempt[], requests: ReceivedRequest[]): void {
  const arrived = requests.map(attemptOf).toSorted((a, b) => a - b);
  const expected = made.filter(
    ({ attemptNumber, outcome }) => outcome !== 'timeout' || arrived.includes(attemptNumber),
  );
  assert.deepEqual(
    arrived,
    expected.map(({ attemptNumber }) => attemptNumber),
  );
}

/** The next attempt is due when the schedule says, or the receiver asked for, and is not made before. */
function assertNeverTooEarly(
  { retryDelaysSeconds, reactions }: Life,
  made: Attempt[],
  requests: ReceivedRequest[],
): void {
  for (const { attemptedAt, attemptNumber, durationMs, nextAttemptAt, statusCode } of made.slice(0, -1)) {
    const reaction = reactions[attemptNumber - 1] ?? 'hang';
    const asked = typeof reaction === 'string' || statusCode === null ? 0 : (reaction.retryAfterSeconds ?? 0);
    const wait = Math.max(retryDelaysSeconds[attemptNumber - 1] ?? Infinity, asked) * 1000;
    const dueAtMs = nextAttemptAt?.getTime() ?? 0;
    const waits = dueAtMs - (attemptedAt.getTime() + durationMs);
    assert.ok(waits >= wait - ROUNDING_MS, `${String(waits)} ms in place of ${String(wait)}`);
    const next = requests.find((request) => attemptOf(request) === attemptNumber + 1);
    if (next === undefined) continue;
    assert.ok(next.arrivedAtMs >= dueAtMs - ROUNDING_MS, 'it arrived before it was due');
  }
}

async function finalDelivery(message: Message) {
  const read = async () => (await deliveriesOf(pool, message))[0];
  await eventually(
    'final',
    async () => !['pending', 'scheduled'].includes((await read())?.state ?? 'pending'),
  );
  const delivery = await read();
  assert.ok(delivery);
  return delivery;
}

function behaviourOf(reaction: Reaction): Behaviour {
  if (reaction === 'reset') return reset;
  if (reaction === 'hang') return hang;
  const { status, retryAfterSeconds } = reaction;
  return answer(status, {
    headers: retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) },
  });
}
