import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arrivalsByAttempt, duplicatesIn } from '#test/support/arrivals.ts';
import { eventually } from '#test/support/eventually.ts';
import { startHeldReceiver } from '#test/support/held-receiver.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { assertOutstandingOnce, settledLedger } from '#test/support/ledger.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const env = { DELIVERY_RETRY_DELAYS: '0.3,0.3,0.3,0.3', DELIVERY_TIMEOUT_MS: '1000' };
const MESSAGES = 10;

describe('under deliveries, a clock that jumps', { concurrency: 2 }, () => {
  for (const hours of [6, -6, 30, -160]) {
    test(`by ${String(hours)} h loses and repeats nothing`, async () => {
      const clock = createJumpingClock();
      await using server = await startTestServer({ clock, env });
      // Each delivery comes to its second attempt, so jumps meet all its states.
      await using receiver = await startReceiver(({ request, response }) => {
        response.writeHead(request.headers['hostedhooks-attempt'] === '2' ? 200 : 500).end();
      });
      const { post } = await createSubscribedApp(server, { url: receiver.url });
      const { pool } = server.container;
      const postMany = () => Promise.all(Array.from({ length: MESSAGES }, () => post()));

      const before = await postMany();
      await receiver.firstRequests(MESSAGES / 2);
      clock.jump(hours);
      const after = await postMany();
      await receiver.firstRequests(MESSAGES * 3);
      clock.jump(-hours);
      await assertOutstandingOnce(pool);

      assert.deepEqual(await settledLedger(pool), { delivered: MESSAGES * 2 });
      assert.equal(duplicatesIn(receiver.requests), 0);
      assert.equal(arrivalsByAttempt(receiver.requests).size, MESSAGES * 2 * 2);
      const ids = (accepted: typeof before) => accepted.map(({ message }) => message.id).sort();
      const [earlier, later] = hours > 0 ? [ids(before), ids(after)] : [ids(after), ids(before)];
      assert.ok(earlier.at(-1)! < later[0]!, 'ids say when their process believed that it was');
    });
  }
});

test('a database clock that is set forward makes nobody send what another process is sending', async () => {
  await using server = await startTestServer();
  await using web = await startTestServer({ runs: 'web', databaseUrl: server.databaseUrl });
  await using worker = await startTestServer({ runs: 'worker', databaseUrl: server.databaseUrl });
  await using held = await startHeldReceiver();
  await using receiver = await startReceiver();
  const { pool } = server.container;
  const slow = await createSubscribedApp(server, { url: held.url });
  const quick = await createSubscribedApp(web, { url: receiver.url });
  /** Posts what any process may fetch, until the worker has fetched and sent one of them. */
  const untilWorkerFetched = async () => {
    const before = attemptsOf(worker);
    await eventually('the worker has sent one', async () => {
      await quick.post();
      await receiver.nextRequest();
      return attemptsOf(worker) > before;
    });
  };

  await untilWorkerFetched();
  await slow.post();
  await held.nextRequest();
  await pool.query(
    `create or replace function pgboss.job_now() returns timestamptz language sql stable
       as $$ select now() + interval '1 hour' $$`,
  );
  for (let fetch = 0; fetch < 3; fetch += 1) await untilWorkerFetched();

  assert.equal(held.requests.length, 1);
  held.release();
  await assertOutstandingOnce(pool);
  const delivered = receiver.requests.length + 1;
  assert.deepEqual(await settledLedger(pool), { delivered });
  assert.equal(duplicatesIn([...held.requests, ...receiver.requests]), 0);
});

const attemptsOf = ({ container }: TestServer) =>
  container.metrics.attempts.family().samples.reduce((sum, { value }) => sum + value, 0);
