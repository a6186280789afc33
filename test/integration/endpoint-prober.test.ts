import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { EndpointProber } from '#src/domain/endpoints/endpoint-prober.ts';
import { notAttempted } from '#src/domain/deliveries/delivery-outcome.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { endsMeanwhile, eventually } from '#test/support/eventually.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';
import { addHeldDeliveries } from '#test/support/missed-deliveries.ts';
import { hoursBetween, proberIn } from '#test/support/probes.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { workFor } from '#test/support/outcomes.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

const URL = 'http://127.0.0.1:9/';

describe('a probe', () => {
  let web: TestServer;
  before(async () => {
    web = await startTestServer({ runs: 'web' });
  });
  after(() => (web as TestServer | undefined)?.[Symbol.asyncDispose]());

  /** An endpoint that is off, as the outcome writer leaves it. */
  async function off({ url = URL, reason = 'attempts_exhausted', held = 1 } = {}) {
    const subscribed = await createSubscribedApp(web, { url });
    await addHeldDeliveries(web, subscribed, held);
    await web.container.pool.query(
      `update endpoints set status = 'inactive', inactive_since = now(), inactive_reason = $2,
         next_probe_at = case $2 when 'attempts_exhausted' then now() + interval '1 hour' end where id = $1`,
      [subscribed.endpoint.id, reason],
    );
    const delivery = async () => {
      const { rows } = await web.container.pool.query<{ state: string; attempts: number }>(
        `select state, attempts_made as attempts from deliveries where endpoint_id = $1 order by message_id desc`,
        [subscribed.endpoint.id],
      );
      return rows[0];
    };
    return { ...subscribed, delivery };
  }

  async function probeJobs({ endpoint }: SubscribedApp): Promise<number> {
    const { rows } = await web.container.pool.query(
      `select from pgboss.job where name = 'deliver' and data->'deliveries'->0->>'endpointId' = $1`,
      [endpoint.id],
    );
    return rows.length;
  }

  const startWorker = () => startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });

  test('is made once, however many workers poll at the same time', async () => {
    const endpoints = await Promise.all(Array.from({ length: 20 }, () => off({ held: 3 })));
    const workers = Array.from({ length: 4 }, () => proberIn(1.1, web));
    await Promise.all(workers.map((worker) => worker.probe()));
    await Promise.all(workers.map((worker) => worker.probe()));
    for (const one of endpoints) assert.equal(await probeJobs(one), 1);
  });

  test('is never made of an endpoint that is gone, or that a person turned off', async () => {
    const gone = await off({ reason: 'gone' });
    const byHand = await off();
    for (const status of ['active', 'inactive'] as const)
      await web.container.endpoints.update(await byHand.endpointNow(), { status });
    await proberIn(100, web).probe();
    assert.deepEqual([await probeJobs(gone), await probeJobs(byHand)], [0, 0]);
  });

  test('waits for the next time when nothing was missed', async () => {
    const subscribed = await off({ held: 0 });
    await proberIn(1.1, web).probe();
    const { inactiveSince, nextProbeAt } = await subscribed.endpointNow();
    assert.equal(await probeJobs(subscribed), 0);
    assert.equal(hoursBetween(inactiveSince, nextProbeAt), 3);
  });

  test('leaves alone what a replay is about to send', async () => {
    const subscribed = await off();
    await web.container.pool.query(
      `update deliveries set state = 'scheduled', next_attempt_at = now() where endpoint_id = $1`,
      [subscribed.endpoint.id],
    );
    await proberIn(1.1, web).probe();
    assert.equal(await probeJobs(subscribed), 0);
  });

  test('passes over an endpoint, and a delivery, that another transaction has locked', async () => {
    const { pool } = web.container;
    const [locked, replayed, free] = [await off(), await off(), await off()];
    await transaction(pool, async (client) => {
      await client.query('select from endpoints where id = $1 for update', [locked.endpoint.id]);
      await client.query('select from deliveries where account_id = $1 and endpoint_id = $2 for update', [
        replayed.app.accountId,
        replayed.endpoint.id,
      ]);
      await endsMeanwhile('probed', proberIn(1.1, web).probe());
    });
    assert.deepEqual(await Promise.all([locked, replayed, free].map(probeJobs)), [0, 0, 1]);
  });

  test('of an endpoint that is deleted while its delivery is taken has its job all the same', async () => {
    const subscribed = await off();
    const { endpoints, pool } = web.container;
    await using held = await holdTransaction(pool);
    await held.query('lock table deliveries in access exclusive mode');
    const probing = proberIn(1.1, web).probe();
    await someoneWaits(pool, 'deliveries');
    const deleting = endpoints.delete(subscribed.endpoint);
    await someoneWaits(pool, '"endpoints"');
    await held.commit();
    await Promise.all([probing, deleting]);
    assert.equal((await subscribed.delivery())?.state, 'scheduled');
    assert.equal(await probeJobs(subscribed), 1);
  });

  test('follows what happened to the endpoint since it was scheduled', async () => {
    await using receiver = await startReceiver(({ request, response }) => {
      response.writeHead(request.path === '/fails' ? 500 : 200).end();
    });
    const { endpoints, pool } = web.container;
    const { url } = receiver;
    const [stillOff, onAgain, onAndFails, offByHand, deleted] = await Promise.all([
      off({ url }),
      off({ url }),
      off({ url: `${url}/fails` }),
      off({ url }),
      off({ url: `${url}/deleted` }),
    ]);
    await pool.query(`update deliveries set state = 'failed' where endpoint_id = $1`, [
      offByHand.endpoint.id,
    ]);
    await proberIn(1.1, web).probe();
    for (const one of [onAgain, onAndFails, offByHand])
      await endpoints.update(await one.endpointNow(), { status: 'active' });
    await endpoints.update(await offByHand.endpointNow(), { status: 'inactive' });
    await endpoints.delete(deleted.endpoint);

    await using _worker = await startWorker();
    const all = [stillOff, onAgain, onAndFails, offByHand, deleted];
    const states = () => Promise.all(all.map(async ({ delivery }) => (await delivery())?.state));
    await eventually('attempted', async () => !(await states()).includes('scheduled'));
    assert.deepEqual(await states(), ['delivered', 'delivered', 'held', 'failed', 'discarded']);
    assert.deepEqual(receiver.requests.map(({ path }) => path).sort(), ['/', '/', '/fails']);
    const { rows } = await pool.query<{ status: string }>(
      `select status from endpoints where id = any($1) order by status`,
      [all.map(({ endpoint }) => endpoint.id)],
    );
    assert.deepEqual(
      rows.map(({ status }) => status),
      ['active', 'active', 'active', 'inactive'],
    );
  });

  test('that is snoozed is a probe still', async () => {
    const subscribed = await off();
    const outcomeWriter = new OutcomeWriter(web.container);
    const work = { ...workFor(subscribed), trigger: 'probe' as const, missedAs: 'held' as const };
    await outcomeWriter.write(notAttempted(work, { retryInSeconds: 60, nowMs: Date.now() }));
    const { rows } = await web.container.pool.query<{ ref: { trigger: string; missedAs: string } }>(
      `select data->'deliveries'->0 as ref from pgboss.job
       where name = 'retry' and data->'deliveries'->0->>'endpointId' = $1`,
      [subscribed.endpoint.id],
    );
    assert.deepEqual(
      rows.map(({ ref }) => [ref.trigger, ref.missedAs]),
      [['probe', 'held']],
    );
  });

  test('is polled for until the prober stops', async () => {
    const prober = proberIn(1.1, web, 10);
    prober.start();
    try {
      const first = await off();
      await eventually('found', async () => (await probeJobs(first)) === 1);
      const second = await off();
      await eventually('found', async () => (await probeJobs(second)) === 1);
    } finally {
      await prober.stop();
    }
    const third = await off();
    await prober.stop();
    assert.equal(await probeJobs(third), 0);
  });
});

const NEVER_MS = 3_600_000;

/**
 * A new account whose `count` endpoints are due for a probe, since long ago or not; answers how many of them still
 * are.
 */
async function accountWithProbesDue({
  server,
  count,
  since,
}: Due): Promise<() => Promise<number | undefined>> {
  const { pool } = server.container;
  const { app, subscription } = await createSubscribedApp(server, { url: URL });
  await pool.query(
    `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted, status,
       inactive_reason, inactive_since, next_probe_at)
     select gen_random_uuid(), $1, $2, $3, $4, '1.0', '', 'inactive', 'attempts_exhausted', $5::timestamptz, $5
     from generate_series(1, $6)`,
    [app.accountId, app.id, subscription.id, URL, since, count],
  );
  return async () => {
    const { rows } = await pool.query<{ due: number }>(
      'select count(*)::int as due from endpoints where account_id = $1 and next_probe_at < now()',
      [app.accountId],
    );
    return rows[0]?.due;
  };
}

interface Due {
  server: TestServer;
  count: number;
  since: Date;
}

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);

test('an account whose endpoints are all off has five probes a poll, and delays no other account', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const many = await accountWithProbesDue({ server, count: 120, since: ago(60) });
  const other = await accountWithProbesDue({ server, count: 1, since: ago(1) });
  const prober = new EndpointProber(server.container);
  await prober.probe();
  assert.deepEqual([await many(), await other()], [115, 0]);
  await prober.probe();
  assert.equal(await many(), 110);
});

test('a full poll is followed by the next one at once', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const accounts = await Promise.all(
    Array.from({ length: 21 }, () => accountWithProbesDue({ server, count: 5, since: ago(60) })),
  );
  const prober = new EndpointProber({ ...server.container, pollMs: NEVER_MS });
  prober.start();
  try {
    await eventually('all probed', async () => {
      const due = await Promise.all(accounts.map((stillDue) => stillDue()));
      return due.every((count) => count === 0);
    });
  } finally {
    await prober.stop();
  }
});
