import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { Unavailable } from '#src/infra/lib/errors.ts';
import { Dispatcher } from '#src/pipeline/dispatch/dispatcher.ts';
import { Intake } from '#src/pipeline/accept/intake.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import { Sender } from '#src/pipeline/send/sender.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { messageFor, workFor, writeLease } from '#test/support/outcomes.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, messageTo, type SubscribedApp } from '#test/support/subscribed-app.ts';
import { type HeldTransaction, holdTransaction } from '#test/support/held-transaction.ts';

const TIMEOUT_MS = 10_000;
const LEASE_SECONDS = 60;

// A process that delivers nothing itself: the test holds the parts that do.
const web = await startTestServer({ runs: 'web' });
after(() => web[Symbol.asyncDispose]());
const { clock, config, directory, pool } = web.container;

function dispatcherOn({ container }: TestServer, load?: { isBusy: boolean; measure(): void }): Dispatcher {
  const sender = new Sender({
    ...container,
    retryDelaysSeconds: [60],
    timeoutMs: 15_000,
    version: config.version,
  });
  const outcomeWriter = new OutcomeWriter(container);
  return new Dispatcher({
    ...container,
    sender,
    outcomeWriter,
    timeoutMs: TIMEOUT_MS,
    leaseSeconds: LEASE_SECONDS,
    accepts: true,
    ...(load && { load }),
  });
}

/** Holds up every write of messages. */
async function blockMessages(): Promise<HeldTransaction> {
  const held = await holdTransaction(pool);
  await held.query('lock table messages in access exclusive mode');
  return held;
}

/** Posts `count` messages at once that go nowhere, and answers why those that failed did. */
function postMany({ post }: SubscribedApp, count: number, dataText: string) {
  const all = Array.from({ length: count }, () => post({ version: 'of nobody', dataText }));
  const refusals: unknown[] = [];
  const done = Promise.all(
    all.map((one) =>
      one.then(
        () => undefined,
        (error: unknown) => void refusals.push(error),
      ),
    ),
  );
  return { refusals, done };
}

async function storedOf({ app }: SubscribedApp): Promise<number | undefined> {
  const { rows } = await pool.query<{ stored: number }>(
    'select count(*)::int as stored from messages where app_id = $1',
    [app.id],
  );
  return rows[0]?.stored;
}

function assertUnavailable(error: unknown): true {
  assert.ok(error instanceof Unavailable);
  assert.equal(error.status, 503);
  assert.equal(error.retryAfterSeconds, 1);
  return true;
}

const LIMITS = [
  { what: '5,000 messages', count: 6000, dataText: '1', atMost: 5600 },
  { what: '32 MB', count: 36, dataText: `"${'x'.repeat(1024 * 1024)}"`, atMost: 33 },
];

for (const { what, count, dataText, atMost } of LIMITS) {
  test(`when ${what} of an account wait for the database, more are refused at once, those that wait and another account's are not`, async () => {
    const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
    const other = await createSubscribedApp(web, { url: 'https://receiver.example/' });
    await Promise.all([subscribed, other].map(({ post }) => post({ version: 'of nobody' })));
    await using block = await blockMessages();
    const { done, refusals } = postMany(subscribed, count, dataText);
    await eventually('refusing', () => refusals.length >= count - atMost);
    refusals.forEach(assertUnavailable);
    const ofOther = postMany(other, 3, dataText);
    const refusedWhileBlocked = refusals.length;
    await block.rollback();
    await Promise.all([done, ofOther.done]);
    assert.equal(refusals.length, refusedWhileBlocked);
    assert.deepEqual(ofOther.refusals, []);
    assert.equal(await storedOf(subscribed), 1 + count - refusals.length);
  });
}

test('a batch for which there is no room is refused before anything of it is taken, and can be sent again', async () => {
  const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
  const { app } = subscribed;
  const { acceptor } = web.container;
  const batches = Array.from({ length: 24 }, (_, batch) =>
    Array.from({ length: 900 }, (_, n) => ({
      ...messageTo(app),
      version: 'of nobody',
      eventId: `${String(batch)}-${String(n)}`,
    })),
  );
  await acceptor.acceptAll([{ ...messageTo(app), version: 'of nobody' }]);
  await using block = await blockMessages();
  const refused: typeof batches = [];
  const all = batches.map((batch) =>
    acceptor.acceptAll(batch).catch((error: unknown) => {
      assertUnavailable(error);
      refused.push(batch);
    }),
  );
  await eventually('refusing', () => refused.length >= 19);
  await block.rollback();
  await Promise.all(all);
  assert.equal(refused.length, 19);
  assert.equal(await storedOf(subscribed), 1 + 5 * 900);

  const [again = [], taken = []] = [refused[0], batches.find((batch) => !refused.includes(batch))];
  const answers = await Promise.all([acceptor.acceptAll(again), acceptor.acceptAll(taken)]);
  const duplicates = answers.map((one) => one.filter(({ isDuplicate }) => isDuplicate).length);
  assert.deepEqual(duplicates, [0, 900]);
  assert.equal(await storedOf(subscribed), 1 + 6 * 900);
});

test('what fits into memory is leased; what does not is left due in the queue, and delivered once', async () => {
  await using receiver = await startReceiver();
  const subscribed = await createSubscribedApp(web, { url: receiver.url });
  const { app, endpoint } = subscribed;
  const { revision = '' } = (await directory.get(app.id)) ?? {};
  const dispatcher = dispatcherOn(web);
  const intake = new Intake({ ...web.container, dispatcher, leaseSeconds: LEASE_SECONDS });
  // Addressed to more endpoints than one account may have deliveries in memory; all but one are gone.
  const gone = Array.from({ length: 8000 }, () => randomUUID());
  const large = messageFor(subscribed, { endpointIds: [endpoint.id, ...gone] });
  const small = messageFor(subscribed);

  assert.equal(await intake.add({ message: large, held: [], ignored: [], revision }), 'accepted');
  const { rows: jobs } = await pool.query<{ isDue: boolean }>(
    `select start_after <= now() as "isDue" from pgboss.job where name = 'deliver'`,
  );
  assert.deepEqual(jobs, [{ isDue: true }]);
  assert.equal(receiver.requests.length, 0);

  assert.equal(await intake.add({ message: small, held: [], ignored: [], revision }), 'accepted');
  assert.equal((await receiver.nextRequest()).headers['webhook-id'], small.id);
  await eventually('delivered', async () => (await deliveriesOf(pool, small))[0]?.state === 'delivered');
  await dispatcher.stop();

  await using _worker = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });
  assert.equal((await receiver.nextRequest()).headers['webhook-id'], large.id);
  await eventually('without jobs', async () => {
    const { rowCount } = await pool.query(`select from pgboss.job where name in ('deliver', 'retry')`);
    return rowCount === 0;
  });
  const states = (await deliveriesOf(pool, large)).map(({ state }) => state);
  assert.equal(states.filter((state) => state === 'delivered').length, 1);
  assert.equal(states.filter((state) => state === 'discarded').length, gone.length);
  assert.equal(receiver.requests.length, 2);
});

test('a busy process refuses what comes faster than it can be sent, one message or a batch', async () => {
  await using receiver = await startReceiver();
  const subscribed = await createSubscribedApp(web, { url: receiver.url });
  const { revision = '' } = (await directory.get(subscribed.app.id)) ?? {};
  const dispatcher = dispatcherOn(web, { isBusy: true, measure: () => undefined });
  const intake = new Intake({ ...web.container, dispatcher, leaseSeconds: LEASE_SECONDS });
  const routed = () => ({ message: messageFor(subscribed), held: [], ignored: [], revision });
  // 1,536 in memory, 1,000 that wait, and 24.
  const many = Array.from({ length: 2560 }, () => intake.add(routed()));
  await assert.rejects(
    intake.addAll([routed(), routed()], () => Promise.resolve()),
    assertUnavailable,
  );
  const answers = await Promise.allSettled(many);
  const refusals = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  refusals.forEach(assertUnavailable);
  assert.ok(refusals.length >= 24);
  const taken = answers.length - refusals.length;
  assert.equal(await storedOf(subscribed), taken);
  await dispatcher.stop();
});

test('nothing is sent when its lease could end meanwhile: it is snoozed, and sent under a new one', async () => {
  await using receiver = await startReceiver();
  const subscribed = await createSubscribedApp(web, { url: receiver.url });
  const { message: ending } = await subscribed.post();
  const { message: holding } = await subscribed.post();
  await pool.query(`delete from pgboss.job where name = 'deliver'`);
  const dispatcher = dispatcherOn(web);
  const add = async (message: typeof ending, leftMs: number) => {
    const expiresAtMs = clock.monotonicNow() + leftMs;
    const lease = new Lease({ jobId: randomUUID(), data: {}, expiresAtMs });
    const work = { ...workFor(subscribed, message), lease };
    await writeLease(web.container, work);
    dispatcher.add(lease, [work]);
  };
  const stateOf = async (message: typeof ending) => (await deliveriesOf(pool, message))[0];

  await add(ending, TIMEOUT_MS);
  await add(holding, LEASE_SECONDS * 1000);
  await receiver.nextRequest();
  await eventually('snoozed', async () => (await stateOf(ending))?.state !== 'pending');
  await dispatcher.stop();

  assert.deepEqual(
    receiver.requests.map(({ headers }) => headers['webhook-id']),
    [holding.id],
  );
  const delivery = await stateOf(ending);
  assert.deepEqual([delivery?.state, delivery?.attemptsMade], ['scheduled', 0]);

  await using _worker = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });
  const { headers } = await receiver.nextRequest();
  assert.equal(headers['webhook-id'], ending.id);
  assert.equal(headers['hostedhooks-attempt'], '1');
});
