import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { usageOfApps } from '#src/domain/app-lists/app-usage.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { countDeliveries } from '#src/domain/deliveries/log/count-deliveries.ts';
import type { DeliveryState } from '#src/domain/deliveries/delivery.ts';
import { countedOf, countStates, summaryOf } from '#src/domain/deliveries/message-outcome.ts';
import {
  countAllMessageOutcomes,
  countMessageOutcomes,
  messageOutcomeOf,
} from '#src/domain/deliveries/message-success.ts';
import { countWaitingOfAccount } from '#src/domain/endpoint-queues/count-waiting.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { timeOfId, uuidv7 } from '#src/infra/lib/ids.ts';
import { recordAttempts } from '#src/pipeline/settle/record-attempts.ts';
import { messageFor, outcomeOf, workFor } from '#test/support/outcomes.ts';
import { listening } from '#test/support/rows-read.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

// Counts that read a bounded number of rows are of the rows that they say they are of.

const HOUR_MS = 3_600_000;
const url = 'http://127.0.0.1:1/';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { pool, queue } = server.container;

async function twoApps(): Promise<[SubscribedApp, SubscribedApp]> {
  const one = await createSubscribedApp(server, { url });
  const account = { accountId: one.app.accountId, apiKey: one.apiKey };
  return [one, await createSubscribedApp(server, { url, account })];
}

const outcomes = (
  all: SubscribedApp[],
  namedByJobs = { ids: [] as string[], isCut: false },
  nowMs = Date.now(),
) => countMessageOutcomes(pool, askedOf(all, namedByJobs, nowMs));

const askedOf = (all: SubscribedApp[], namedByJobs: { ids: string[]; isCut: boolean }, nowMs: number) => {
  const accountId = all[0]?.app.accountId ?? assert.fail();
  const appIds = all.map(({ app }) => app.id);
  const span = { sinceMs: nowMs - HOUR_MS, untilMs: nowMs + HOUR_MS };
  return { accountId, appIds, ...span, nowMs, namedByJobs };
};

/** What the list of messages says of each, when the jobs name these. */
const listed = async (of: SubscribedApp, ids: string[], named: { ids: string[]; isCut: boolean }) => {
  const jobs = { messagesNamed: () => Promise.resolve(named) };
  const counts = await countStates({ pool, queue: jobs }, of.app, ids);
  return ids.map((id) => summaryOf(counts.get(id) ?? []));
};
const NONE = { ids: [], isCut: false };

test('a message that jobs may name beyond those read is delivered only when an attempt of it succeeded', async () => {
  const of = await createSubscribedApp(server, { url });
  const { accountId } = of.app;
  const [sent, waiting] = [(await of.post()).message, (await of.post()).message];
  const { attempt } = outcomeOf(workFor(of, messageFor(of, { id: sent.id })));
  await transaction(pool, (client) => recordAttempts(client, [attempt ?? assert.fail()], 7));

  const all = await queue.messagesNamed(accountId);
  assert.deepEqual([all.ids.toSorted(), all.isCut], [[sent.id, waiting.id].toSorted(), false]);
  // The second: the jobs were read before the messages were accepted.
  for (const named of [{ ids: [], isCut: true }, NONE]) {
    const { delivered, under_way } = await outcomes([of], named, timeOfId(waiting.id));
    assert.deepEqual([delivered, under_way], [1, 1]);
  }
  for (const named of [all, { ids: [], isCut: true }]) {
    const shown = await listed(of, [sent.id, waiting.id], named);
    assert.deepEqual(
      shown.map(({ states }) => states.map(({ state, count }) => [state, count])),
      [[['delivered', 1]], [['pending', 1]]],
    );
  }

  const jobs = Array.from({ length: 1000 }, () => ({
    id: randomUUID(),
    data: { messages: [{ accountId, appId: of.app.id, messageIds: [uuidv7(Date.now())] }] },
    startAfterSeconds: 0,
  }));
  await transaction(pool, (client) => queue.insert('deliver', jobs, client));
  assert.equal((await queue.messagesNamed(accountId)).isCut, true);
});

test('messages and their deliveries are counted as their list shows them, whatever was counted at accept', async () => {
  const of = await createSubscribedApp(server, { url });
  const { accountId, id: appId } = of.app;
  const row = (state: string, reason: string | null = null) => ({ endpoint: randomUUID(), state, reason });
  const worlds = [
    { counted: 1, isSent: true, rows: [row('ignored', 'filtered')] },
    { counted: 2, isSent: true, rows: [row('ignored', 'filtered')] },
    { counted: 0, isSent: false, rows: [row('failed')] },
    { counted: 0, isSent: false, rows: [row('scheduled'), row('discarded')] },
    { counted: 0, isSent: false, rows: [row('delivered')] },
    { counted: 1, isSent: false, rows: [row('ignored', 'cancelled')] },
    { counted: 2, isSent: true, rows: [row('held'), row('ignored', 'filtered')] },
  ];
  const shown: DeliveryState[][] = [];
  const summed: [string, ReturnType<typeof summaryOf>][] = [];
  for (const { counted, isSent, rows } of worlds) {
    const { message } = await of.post();
    await pool.query(
      `update messages set deliveries_count = $4, routed_count = $6, endpoint_ids = $5
       where account_id = $1 and app_id = $2 and id = $3`,
      [accountId, appId, message.id, counted, isSent ? [of.endpoint.id] : [], rows.length + Number(isSent)],
    );
    const { attempt } = outcomeOf(workFor(of, messageFor(of, { id: message.id })));
    if (isSent) await transaction(pool, (client) => recordAttempts(client, [attempt ?? assert.fail()], 7));
    for (const { endpoint, state, reason } of rows)
      await pool.query(
        `insert into deliveries values ($1, $2, $3, $4, $5, 1, case when $5 = 'scheduled' then now() end, $6)`,
        [accountId, appId, message.id, endpoint, state, reason],
      );
    const endpointIds = isSent ? [of.endpoint.id] : [];
    const deliveries = await deliveriesOf(pool, { ...message, endpointIds });
    shown.push(deliveries.map(({ state }) => state));
    summed.push([message.id, summaryOf(countedOf(deliveries))]);
  }
  const ids = summed.map(([id]) => id);
  for (const named of [NONE, { ids, isCut: false }]) {
    assert.deepEqual(
      await listed(of, ids, named),
      summed.map(([, summary]) => summary),
    );
  }
  const count = (outcome: string) => shown.filter((states) => messageOutcomeOf(states) === outcome).length;
  const { isCut: _, ...counted } = await outcomes([of]);
  assert.deepEqual(counted, {
    delivered: count('delivered'),
    missed: count('missed'),
    under_way: count('under_way'),
    unsent: count('unsent'),
    messages: shown.length,
    deliveries: shown.flat().filter((state) => state !== 'ignored' && state !== 'discarded').length,
    missedDeliveries: { failed: 1, held: 1 },
  });
  assert.deepEqual([counted.delivered, counted.missed, counted.under_way, counted.unsent], [3, 2, 1, 1]);
});

test('a delivery that a filter kept back and a replay sent is counted, of few endpoints and of many', async () => {
  const of = await createSubscribedApp(server, { url });
  const { accountId, id: appId } = of.app;
  const never = { rules: { filter: { body: { never: 'this' } } } };
  const kept = await server.container.endpoints.create(of.subscription, { url, version: '1.0', ...never });
  const { message } = await of.post();
  assert.equal((await outcomes([of])).deliveries, 1);
  const log = server.container.deliveryLog;
  const { rows } = await log.search(of.app, { endpointId: kept.id }, { limit: 2, offset: 0 });
  assert.deepEqual(
    rows.map(({ state }) => state),
    ['ignored'],
  );
  const replay = async (endpointId: string, messageId: string) => {
    const { rowCount } = await pool.query(
      `update deliveries set state = 'scheduled', reason = null, next_attempt_at = now()
       where account_id = $1 and message_id = $2 and endpoint_id = $3`,
      [accountId, messageId, endpointId],
    );
    assert.equal(rowCount, 1);
  };
  await replay(kept.id, message.id);
  assert.equal((await outcomes([of])).deliveries, 2);

  const { message: wide } = await of.post();
  await pool.query(
    `update messages set deliveries_count = 60, routed_count = 61, endpoint_ids = $4
     where account_id = $1 and app_id = $2 and id = $3`,
    [accountId, appId, wide.id, Array.from({ length: 60 }, () => randomUUID())],
  );
  assert.equal((await outcomes([of])).deliveries, 62);
  await replay(kept.id, wide.id);
  assert.equal((await outcomes([of])).deliveries, 63);
});

test('of messages with very many rows the newest are counted', async () => {
  const of = await createSubscribedApp(server, { url });
  const { accountId, id: appId } = of.app;
  for (let posted = 0; posted < 4; posted += 1) {
    const { message } = await of.post();
    await pool.query(
      `with held as (update messages set deliveries_count = 5, endpoint_ids = '{}'
         where account_id = $1 and app_id = $2 and id = $3)
       insert into deliveries select $1, $2, $3, gen_random_uuid(), 'held', 0 from generate_series(1, 5)`,
      [accountId, appId, message.id],
    );
  }
  const asked = { accountId, appIds: [appId], namedByJobs: NONE, nowMs: Date.now() };
  const span = { sinceMs: Date.now() - HOUR_MS, untilMs: Date.now() + HOUR_MS };
  const counted = async (deliveriesAtATime: number, rows: number) => {
    const found = await countMessageOutcomes(pool, { ...asked, ...span }, { deliveriesAtATime, rows });
    return [found.messages, found.deliveries, found.isCut];
  };
  assert.deepEqual(await counted(5, 10), [2, 10, true]);
  assert.deepEqual(await counted(1, 11), [3, 15, true]);
  assert.deepEqual(await counted(12, 5), [2, 10, true]);
  assert.deepEqual(await counted(12, 100), [4, 20, false]);
});

/** Adds copies of the message that are so many milliseconds older than now. */
const copyMessage = (
  { accountId, appId, id }: { accountId: string; appId: string; id: string },
  ages: number[],
) =>
  pool.query(
    `insert into messages select copied.* from messages cross join unnest($4::uuid[]) as new(id)
       cross join lateral jsonb_populate_record(messages, jsonb_build_object('id', new.id)) copied
     where messages.account_id = $1 and messages.app_id = $2 and messages.id = $3`,
    [accountId, appId, id, ages.map((age) => uuidv7(Date.now() - 1 - age))],
  );

test('the messages of apps are counted up to a bound that they share', async () => {
  const [busy, quiet] = await twoApps();
  const { message } = await busy.post();
  await quiet.post();
  const appIds = [busy.app.id, quiet.app.id];
  const usage = async () => {
    const rows = await usageOfApps(server.container, message.accountId, appIds);
    return rows.map(({ appId, messages, isCut }) => [appId === busy.app.id, messages, isCut]);
  };
  const ages = Array.from({ length: 9998 }, (_, age) => age);
  await copyMessage(message, ages);
  assert.deepEqual(await usage(), [
    [true, 9999, false],
    [false, 1, false],
  ]);
  await copyMessage(message, [20_000]);
  assert.deepEqual(await usage(), [
    [true, 9999, true],
    [false, 1, false],
  ]);
});

test('of many messages the newest of all apps are looked at, however they are spread over these', async () => {
  const [busy, quiet] = await twoApps();
  const { message } = await busy.post();
  await quiet.post();
  const copy = (ages: number[]) => copyMessage(message, ages);
  await copy(Array.from({ length: 2998 }, (_, age) => age));
  const whole = await outcomes([busy, quiet]);
  assert.deepEqual([whole.messages, whole.isCut], [3000, false]);
  // With how many statements: one tells of most that are too many, two of all, and only the third reads outcomes.
  const all = async (of: SubscribedApp[]) => {
    const { asked, pool: heard } = listening(pool);
    const found = await countAllMessageOutcomes(heard, askedOf(of, NONE, Date.now()));
    return [found?.messages, asked.length];
  };
  assert.deepEqual(await all([busy, quiet]), [3000, 3]);
  await copy([5000]);
  const cut = await outcomes([busy, quiet]);
  assert.deepEqual([cut.messages, cut.isCut], [3000, true]);
  assert.deepEqual(await all([busy, quiet]), [undefined, 2]);
  assert.deepEqual(await all([busy]), [3000, 3]);
  await copy([6000]);
  assert.deepEqual(await all([busy]), [undefined, 1]);
});

test('the deliveries of an app in a state are counted, whatever other apps have', async () => {
  const [one, other] = await twoApps();
  const add = ({ app, endpoint }: SubscribedApp, state: string, ids: string[]) =>
    pool.query('insert into deliveries select $1, $2, id, $3, $4, 1 from unnest($5::uuid[]) as new(id)', [
      app.accountId,
      app.id,
      endpoint.id,
      state,
      ids,
    ]);
  const ids = (length: number, atMs: number) => Array.from({ length }, (_, n) => uuidv7(atMs + n));
  const nowMs = Date.now();
  await add(one, 'failed', ids(2, nowMs - 60_000));
  await add(one, 'held', ids(1, nowMs - 50_000));
  await add(one, 'discarded', ids(1, nowMs - 40_000));
  await add(other, 'failed', ids(10_001, nowMs - 30_000));
  const count = (states: ('failed' | 'held')[]) => countDeliveries(pool, one.app, { states });
  assert.deepEqual(await count(['failed']), { count: 2, isExact: true });
  assert.deepEqual(await count(['failed', 'held']), { count: 3, isExact: true });
  assert.deepEqual(await count([]), { count: 0, isExact: true });
  assert.deepEqual(await countDeliveries(pool, other.app, { states: ['failed'] }), {
    count: 10_001,
    isExact: false,
  });
});

test('what waits is counted by account and by app', async () => {
  const [one, other] = await twoApps();
  for (const { app, endpoint } of [one, other, other])
    await pool.query(
      `insert into queue_entries (account_id, app_id, endpoint_id, message_id, attempts_made, trigger, due_at)
       values ($1, $2, $3, $4, 0, 'automatic', now())`,
      [app.accountId, app.id, endpoint.id, uuidv7(Date.now())],
    );
  const { accountId } = one.app;
  const depth = async (appId?: string) =>
    (await countWaitingOfAccount(pool, { accountId, appId: appId ?? null })).depth;
  assert.deepEqual([await depth(), await depth(one.app.id), await depth(other.app.id)], [3, 1, 2]);
});
