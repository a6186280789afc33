import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import type { Pool } from 'pg';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startHeldReceiver } from '#test/support/held-receiver.ts';
import { assertOutstandingOnce, settledLedger } from '#test/support/ledger.ts';
import { addHeldDeliveries } from '#test/support/missed-deliveries.ts';
import { recordReleases } from '#test/support/queue-releases.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const env = { DELIVERY_RETRY_DELAYS: '0.05,0.05,0.05' };
// Two processes deliver: this one, and a worker of its own.
const server = await startTestServer({ env });
const { apps, endpoints, pool } = server.container;
const worker = await startServerProcess({ databaseUrl: server.databaseUrl, entry: 'worker', env });
const releases = await recordReleases(pool);
after(async () => {
  await worker[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const idsOf = (requests: { headers: Record<string, unknown> }[]) =>
  requests.map(({ headers }) => String(headers['webhook-id']));

test('two a second over two processes are two a second, and a sibling without a limit waits for none', async () => {
  await using receiver = await startReceiver();
  await using quick = await startReceiver();
  const rules = { rate_limit: { limit: 2, period: 'second' as const } };
  const { endpoint, post, subscription } = await createSubscribedApp(server, { url: receiver.url, rules });
  await endpoints.create(subscription, { url: quick.url, version: '1.0' });
  const posted = await Promise.all(Array.from({ length: 12 }, () => post()));
  await quick.firstRequests(12);
  assert.ok(receiver.requests.length < 12);
  await assertOutstandingOnce(pool);
  const ids = idsOf(await receiver.firstRequests(12));
  assert.deepEqual(ids.toSorted(), posted.map(({ message }) => message.id).sort());

  const released = await releases.of(endpoint.id);
  assert.equal(released.length, 12);
  for (const [index, { atMs }] of released.entries()) {
    const before = released[index - 1];
    if (before !== undefined) assert.ok(atMs - before.atMs >= 500, String(atMs - before.atMs));
  }
  assert.deepEqual(await settledLedger(pool), { delivered: 24 });
});

test("an app's limit is its endpoints'; one that is lifted lets what waits go", async () => {
  await using receiver = await startReceiver();
  const { app, post } = await createSubscribedApp(server, {
    url: receiver.url,
    app: { rules: { rate_limit: { limit: 1, period: 'hour' } } },
  });
  await Promise.all(Array.from({ length: 5 }, () => post()));
  await receiver.firstRequests(1);
  await assertOutstandingOnce(pool);
  await apps.update(app, { rules: { rate_limit: null } });
  await receiver.firstRequests(5);
  await settledLedger(pool);
});

test('a limit that is set while deliveries wait for a retry governs them, and costs no attempt', async () => {
  await using receiver = await startReceiver(answer(500));
  const { endpoint, endpointNow, post } = await createSubscribedApp(server, {
    url: receiver.url,
    retryDelaysSeconds: [1, 1, 1],
  });
  await Promise.all(Array.from({ length: 4 }, () => post()));
  await receiver.firstRequests(4);
  await endpoints.update(await endpointNow(), { rules: { rate_limit: { limit: 4, period: 'second' } } });
  receiver.behave(answer(200));
  const retried = (await receiver.firstRequests(8)).slice(4);
  assert.deepEqual(new Set(retried.map(({ headers }) => headers['hostedhooks-attempt'])), new Set(['2']));
  assert.equal((await releases.of(endpoint.id)).length, 4);
  await settledLedger(pool);
});

test('a queue whose look fails is looked at again later, and what changes of it before has it looked at', async () => {
  await using receiver = await startReceiver();
  const rules = { rate_limit: { limit: 1000, period: 'second' as const } };
  const { endpoint, post, subscription } = await createSubscribedApp(server, { url: receiver.url, rules });
  await pool.query(`create function fail_release() returns trigger language plpgsql as $$ begin
    raise exception 'no release'; end $$`);
  await pool.query(`create trigger fail_release before update of released_at on queue_entries for each row
    when (new.endpoint_id = '${endpoint.id}') execute function fail_release()`);
  await post();
  const wakes = () =>
    pool.query<{ isLater: boolean }>(
      'select wake_at > now() as "isLater" from endpoint_queue_wakes where endpoint_id = $1',
      [endpoint.id],
    );
  await eventually('it is looked at later', async () => {
    const { rows } = await wakes();
    return rows.length === 1 && rows[0]?.isLater === true;
  });
  await pool.query('drop function fail_release cascade');
  await endpoints.update(await endpoints.getOfAccount(subscription.accountId, endpoint.id), {
    rules: { rate_limit: null },
  });
  await receiver.firstRequests(1);
  await settledLedger(pool);
});

test('with a concurrency of one no send overlaps another', async () => {
  let [inFlight, most] = [0, 0];
  await using receiver = await startReceiver(({ response }) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    setTimeout(() => {
      inFlight -= 1;
      response.writeHead(200).end();
    }, 5);
  });
  const rules = { rate_limit: { limit: 1, period: 'concurrent' as const } };
  const { post } = await createSubscribedApp(server, { url: receiver.url, rules });
  await Promise.all(Array.from({ length: 15 }, () => post()));
  await receiver.firstRequests(15);
  assert.equal(most, 1);
  await settledLedger(pool);
});

for (const limited of [
  { limit: 5, period: 'second' },
  { limit: 1, period: 'concurrent' },
] as const) {
  test(`a bulk replay keeps a limit (${limited.period}), with what is posted meanwhile`, async () => {
    let [inFlight, most] = [0, 0];
    await using receiver = await startReceiver(({ response }) => {
      most = Math.max(most, (inFlight += 1));
      setTimeout(() => {
        inFlight -= 1;
        response.writeHead(200).end();
      }, 5);
    });
    const rules = { rate_limit: limited };
    const subscribed = await createSubscribedApp(server, { url: receiver.url, rules });
    const { endpoint, post } = subscribed;
    await addHeldDeliveries(server, subscribed, 12);
    const { seconds } = await server.container.appReplays.forecast(subscribed.app, { states: ['held'] });
    assert.equal(seconds, limited.period === 'second' ? 3 : null, 'as long as the limit says');
    await server.container.replays.start(endpoint, { states: ['held'] });
    await post();
    await receiver.firstRequests(13);
    await settledLedger(pool);
    const released = await releases.of(endpoint.id);
    assert.equal(released.length, 13);
    if (limited.period === 'concurrent') return assert.equal(most, 1);
    for (const [index, { atMs }] of released.entries()) {
      const before = released[index - 1];
      if (before !== undefined) assert.ok(atMs - before.atMs >= 200, String(atMs - before.atMs));
    }
  });
}

test('a delay counts from acceptance, or from the time that a message names', async () => {
  await using receiver = await startReceiver();
  const { endpoint, post } = await createSubscribedApp(server, {
    url: receiver.url,
    rules: { delay_seconds: 1 },
  });
  const deliverAt = new Date(Date.now() + 1000);
  const { message: later } = await post({ deliverAt });
  const { message: sooner } = await post();
  const before = await assertOutstandingOnce(pool);
  assert.equal(before.outstanding.size, 2);
  assert.deepEqual(idsOf(await receiver.firstRequests(2)), [sooner.id, later.id]);
  const [first, second] = await releases.of(endpoint.id);
  assert.ok((second?.atMs ?? 0) >= deliverAt.getTime() + 1000);
  assert.ok((first?.atMs ?? 0) < (second?.atMs ?? 0));
  await settledLedger(pool);
});

test('what is fifo arrives in the order of acceptance, though one fails; it holds up those behind it', async () => {
  const failing = new Set<number>([2, 3, 7]);
  let answered = 0;
  await using receiver = await startReceiver(({ response }) => {
    response.writeHead(failing.has(answered++) ? 500 : 200).end();
  });
  const { post } = await createSubscribedApp(server, { url: receiver.url, rules: { ordering: 'fifo' } });
  const posted: string[] = [];
  for (let n = 0; n < 8; n += 1) posted.push((await post()).message.id);
  const ids = idsOf(await receiver.firstRequests(11));
  assert.deepEqual([...new Set(ids)], posted);
  assert.deepEqual(ids, ids.toSorted());
  await settledLedger(pool);
});

test('what is fifo is replayed in the order of acceptance, one at a time, before what was accepted later', async () => {
  let inFlight = 0;
  let most = 0;
  await using receiver = await startReceiver(({ response }) => {
    most = Math.max(most, (inFlight += 1));
    setImmediate(() => {
      inFlight -= 1;
      response.writeHead(200).end();
    });
  });
  const setup = { url: receiver.url, rules: { ordering: 'fifo' as const }, status: 'inactive' as const };
  const { post, endpointNow } = await createSubscribedApp(server, setup);
  const ids: string[] = [];
  const postSome = async (count: number) => {
    for (let n = 0; n < count; n += 1) ids.push((await post()).message.id);
  };
  // More than a batch of a replay, and than a job names.
  await postSome(104);
  const on = await endpoints.update(await endpointNow(), { status: 'active', isPaused: true });
  await postSome(3);
  const jobs = await noteJobs(pool, on.id);
  await server.container.replays.start(on, { states: ['held'] });
  await eventually('queued', async () => {
    const { rows } = await pool.query<{ count: number }>(
      'select count(*)::int from queue_entries where endpoint_id = $1',
      [on.id],
    );
    return rows[0]?.count === ids.length;
  });
  assert.equal(
    await jobs.made(),
    0,
    'several processes would fetch the jobs, and the later ones could be sent first',
  );
  await endpoints.update(await endpointNow(), { isPaused: false });
  assert.deepEqual(idsOf(await receiver.firstRequests(ids.length)), ids);
  assert.equal(most, 1);
  await settledLedger(pool);
});

test('with ordering keys a message waits for those of its key alone', async () => {
  const held: ServerResponse[] = [];
  await using receiver = await startReceiver(({ response }) => void held.push(response));
  const { post } = await createSubscribedApp(server, { url: receiver.url, rules: { ordering: 'fifo' } });
  const order: string[] = [];
  for (const orderingKey of ['a', 'a', 'b', 'b', null]) {
    order.push((await post({ orderingKey })).message.id);
  }
  const [a1, a2, b1, b2, none] = order;
  const first = idsOf(await receiver.firstRequests(3));
  assert.deepEqual(first.toSorted(), [a1, b1, none].toSorted());
  held[first.indexOf(b1 ?? '')]?.writeHead(200).end();
  const [, , , fourth] = idsOf(await receiver.firstRequests(4));
  assert.equal(fourth, b2);
  receiver.behave(answer(200));
  for (const response of held) if (!response.writableEnded) response.writeHead(200).end();
  assert.equal(idsOf(await receiver.firstRequests(5)).at(-1), a2);
  await settledLedger(pool);
});

test('a key with hundreds of messages in front of another holds up none of it', async () => {
  await using receiver = await startHeldReceiver();
  const { endpointNow, post } = await createSubscribedApp(server, {
    url: receiver.url,
    rules: { ordering: 'fifo' },
  });
  await post({ orderingKey: 'long' });
  await receiver.firstRequests(1);
  await Promise.all(Array.from({ length: 201 }, () => post({ orderingKey: 'long' })));
  const { message } = await post({ orderingKey: 'other' });
  assert.equal(idsOf(await receiver.firstRequests(2))[1], message.id);
  await endpoints.delete(await endpointNow());
  receiver.release();
  await settledLedger(pool);
});

test('what waits for an endpoint that is deleted is discarded', async () => {
  await using receiver = await startReceiver();
  const rules = { rate_limit: { limit: 1, period: 'hour' as const } };
  const { endpoint, endpointNow, post } = await createSubscribedApp(server, { url: receiver.url, rules });
  await Promise.all(Array.from({ length: 4 }, () => post()));
  await receiver.firstRequests(1);
  await endpoints.delete(await endpointNow());
  await eventually('no queue is left', async () => {
    const { rows } = await pool.query(
      `select from queue_entries where endpoint_id = $1
       union all select from endpoint_queues where endpoint_id = $1`,
      [endpoint.id],
    );
    return rows.length === 0;
  });
  await settledLedger(pool);
});

/** Counts the jobs of deliveries to an endpoint that are made from now on, also those that are over. */
async function noteJobs(on: Pool, endpointId: string) {
  await on.query(`
    create table made_jobs (data text);
    create function note_job() returns trigger language plpgsql as
      'begin insert into made_jobs values (new.data::text); return null; end';
    create trigger note_job after insert on pgboss.job for each row execute function note_job()`);
  return {
    made: async () => {
      const { rows } = await on.query<{ count: number }>(
        'select count(*)::int from made_jobs where strpos(data, $1) > 0',
        [endpointId],
      );
      return rows[0]?.count;
    },
  };
}
