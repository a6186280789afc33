import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { notAttempted } from '#src/domain/deliveries/delivery-outcome.ts';
import { systemClock } from '#src/infra/lib/clock.ts';
import { eventually } from '#test/support/eventually.ts';
import { assertOutstandingOnce } from '#test/support/ledger.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { workFor, writeLease } from '#test/support/outcomes.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';

const env = { DELIVERY_TIMEOUT_MS: '30000', DELIVERY_LEASE_SECONDS: '60' };

/** Measures what it is told to have passed; to PostgreSQL it has not. */
function createClock() {
  let passedMs = 0;
  return {
    now: () => systemClock.now(),
    monotonicNow: () => systemClock.monotonicNow() + passedMs,
    pass: (seconds: number) => void (passedMs += seconds * 1000),
  };
}

/** Six deliveries to a receiver that hangs: four are under way, two wait in memory. */
async function startWithTwoThatWait() {
  const clock = createClock();
  const server = await startTestServer({ clock, env });
  const held: ServerResponse[] = [];
  const receiver = await startReceiver(({ response }) => void held.push(response));
  const { post } = await createSubscribedApp(server, { url: receiver.url });
  await Promise.all(Array.from({ length: 6 }, () => post()));
  await receiver.firstRequests(4);
  const { directory, pipeline, pool } = server.container;
  const count = async (what: string) => {
    const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${what}`);
    return rows[0]?.count ?? 0;
  };
  const answerAll = () => {
    for (const response of held) response.writeHead(200).end();
  };
  const close = async () => {
    await server[Symbol.asyncDispose]();
    await receiver.close();
  };
  return { answerAll, clock, count, directory, pipeline, pool, receiver, [Symbol.asyncDispose]: close };
}

test('what waits in memory is snoozed before its lease ends, at no cost in attempts', async () => {
  await using started = await startWithTwoThatWait();
  const { answerAll, clock, count, pool } = started;
  // An attempt that began now could be under way when the lease ends.
  clock.pass(40);
  await eventually(
    'snoozed',
    async () => (await count(`deliveries where state = 'scheduled' and attempts_made = 0`)) === 2,
  );
  await assertOutstandingOnce(pool);
  answerAll();
  await eventually('without its lease', async () => (await count(`pgboss.job where name = 'deliver'`)) === 0);
});

test('what waits in memory when its lease is over is left to the process that rescues it', async () => {
  await using started = await startWithTwoThatWait();
  const { answerAll, clock, count, pool, receiver } = started;
  clock.pass(70);
  answerAll();
  await eventually('written', async () => (await count('attempts')) === 4);
  assert.equal(await count(`deliveries where state = 'scheduled'`), 0);
  assert.equal((await assertOutstandingOnce(pool)).outstanding.size, 2);
  assert.equal(receiver.requests.length, 4);
});

test('what waited for the database until its lease was over is not sent: another process may have rescued it', async () => {
  await using started = await startWithTwoThatWait();
  const { answerAll, clock, count, directory, pipeline, pool, receiver } = started;
  await using stalling = await holdTransaction(pool);
  await stalling.query('lock table endpoints in access exclusive mode');
  directory.forget();
  answerAll();
  await eventually('written', async () => (await count('attempts')) === 4);
  await eventually('stalled', () => pipeline.load.inFlight === 2);
  clock.pass(70);
  await stalling.rollback();
  await eventually('let go', () => pipeline.load.pending === 0);
  assert.equal(receiver.requests.length, 4);
  assert.equal((await assertOutstandingOnce(pool)).outstanding.size, 2);
});

test('what was not sent is written while its lease is there, and never after a rescue: the other process may be sending', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { container } = server;
  const outcomeWriter = new OutcomeWriter(container);
  const subscribed = await createSubscribedApp(server, { url: 'https://receiver.example/' });
  const snoozed = (work = workFor(subscribed)) =>
    notAttempted(work, { retryInSeconds: 60, nowMs: Date.now() });
  const [held, lost] = [snoozed(), snoozed()];
  await writeLease(container, held.delivery);
  const writing = [outcomeWriter.write(held), outcomeWriter.write(lost)];
  assert.equal(
    outcomeWriter.isKnown(lost.delivery),
    false,
    'until it is written this process may have it, too',
  );
  await Promise.all(writing);
  const deliveryOf = async ({ delivery: work }: typeof held) =>
    (await deliveriesOf(container.pool, work.message))[0];
  assert.equal((await deliveryOf(held))?.state, 'scheduled');
  assert.equal((await deliveryOf(lost))?.state, 'pending');

  // Of the next attempt too: whoever has it now finds it where it was.
  const again = snoozed({ ...held.delivery, dueAt: held.nextAttemptAt?.toISOString() ?? null });
  await outcomeWriter.write(again);
  assert.deepEqual((await deliveryOf(held))?.nextAttemptAt, held.nextAttemptAt);
});
