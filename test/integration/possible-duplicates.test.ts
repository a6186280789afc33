import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import { systemClock } from '#src/infra/lib/clock.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { answer, closeInTheBody, inTurn, reset } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import { startRawReceiver } from '#test/support/raw-receiver.ts';
import type { ReceivedRequest } from '#test/support/received-request.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const { databaseUrl } = server;
const web = await startTestServer({ databaseUrl, runs: 'web' });
after(() => web[Symbol.asyncDispose]());
const { pool } = server.container;

const markOf = ({ headers }: ReceivedRequest) => headers['hostedhooks-possible-duplicate'];

for (const how of ['accepted here', 'fetched from the queue'] as const) {
  test(`what was ${how} and is rescued may have been sent, and says so at every attempt from then on`, async () => {
    const held: ServerResponse[] = [];
    await using receiver = await startReceiver(
      inTurn(({ response }) => void held.push(response), answer(500), answer(200)),
    );
    const accepting = how === 'accepted here' ? server : web;
    const setup = { url: receiver.url, retryDelaysSeconds: [0, 0] };
    const { app, post } = await createSubscribedApp(accepting, setup);
    await post();
    await receiver.nextRequest();

    await using _rescuer = await startTestServer({ databaseUrl });
    // As if the lease were over: the first process stands still, with the request on its way.
    await pool.query(
      `update pgboss.job set start_after = pgboss.job_now() where name = 'deliver' and data::text like $1`,
      [`%${app.id}%`],
    );
    const requests = await receiver.firstRequests(3);
    assert.deepEqual(requests.map(markOf), [undefined, 'true', 'true']);
    held[0]?.end();
  });
}

test('a retry after a request that went out and was not refused says so', async () => {
  await using receiver = await startReceiver(inTurn(answer(500), reset, answer(500), answer(200)));
  const setup = { url: receiver.url, retryDelaysSeconds: [0, 0, 0] };
  const { post } = await createSubscribedApp(server, setup);
  await post();
  assert.deepEqual((await receiver.firstRequests(4)).map(markOf), [undefined, undefined, 'true', 'true']);
});

test('a retry after a success that broke off in its body says so', async () => {
  await using receiver = await startReceiver(inTurn(closeInTheBody, answer(200)));
  const { post } = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [0] });
  await post();
  assert.deepEqual((await receiver.firstRequests(2)).map(markOf), [undefined, 'true']);
});

for (const how of ['of one delivery', 'of all that an endpoint missed'] as const) {
  test(`a replay ${how} says so at every attempt, when an earlier one may have arrived`, async () => {
    await using receiver = await startReceiver(
      inTurn(reset, answer(410), answer(500), answer(410), answer(200)),
    );
    const api = await apiOfNewAccount(server);
    const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
    const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    await api.patch(path, { retry_delays: [0] });
    const message = { event_type: 'user.created', version: '1.0', data: 1 };
    const messages = `/apps/${app.id}/messages`;
    const { body: posted } = await api.post(messages, message);
    const replay = async (sent: number) => {
      await receiver.firstRequests(sent);
      await eventually('off', async () => (await api.get(path)).body['status'] === 'inactive');
      await api.patch(path, { status: 'active' });
      const { rows } = await api.get(`/apps/${app.id}/webhook_attempts?message_id=${posted.id}`);
      const single = `/apps/${app.id}/webhook_attempts/${rows[0]?.id ?? ''}/replay`;
      const { status } = await api.post(how === 'of one delivery' ? single : `${path}/replay`, {});
      assert.equal(status, 202);
    };
    await replay(2);
    await replay(4);
    const marks = (await receiver.firstRequests(5)).map(markOf);
    assert.deepEqual(marks, [undefined, 'true', 'true', 'true', 'true']);
    const { rows } = await api.get(`/apps/${app.id}/webhook_attempts?message_id=${posted.id}`);
    assert.deepEqual(rows.map((row) => row['outcome_unknown']).at(-1), true);
  });
}

test('a replay after known outcomes does not say so', async () => {
  await using receiver = await startReceiver(inTurn(answer(500), answer(200)));
  const setup = { url: receiver.url, retryDelaysSeconds: [] };
  const { app, endpoint, endpointNow, post } = await createSubscribedApp(server, setup);
  const { message } = await post();
  await eventually('off', async () => (await endpointNow()).status === 'inactive');
  const { endpoints, replays } = server.container;
  const on = await endpoints.update(await endpointNow(), { status: 'active' });
  const key = { accountId: app.accountId, appId: app.id, messageId: message.id, endpointId: endpoint.id };
  await replays.replayOne(on, key, { isForced: false });
  assert.deepEqual((await receiver.firstRequests(2)).map(markOf), [undefined, undefined]);
});

test('a retry after a known outcome does not say so', async () => {
  await using receiver = await startReceiver(inTurn(answer(500), answer(200)));
  const { post } = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [0] });
  await post();
  assert.deepEqual((await receiver.firstRequests(2)).map(markOf), [undefined, undefined]);
});

test('a request that went out on a connection that was closing is sent again within its attempt, which shows it', async () => {
  await using receiver = await startRawReceiver(({ socket, index }) => {
    if (index === 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    else socket.end();
  });
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api, { url: receiver.url });
  const attempts = `/apps/${app.id}/webhook_attempts`;
  const send = async (count: number) => {
    await api.post(`/apps/${app.id}/messages`, { event_type: 'user.created', version: '1.0', data: count });
    let rows: Thing[] = [];
    await eventually(`${String(count)} attempts`, async () => {
      ({ rows } = await api.get(attempts));
      return rows.length === count;
    });
    return (await api.get(`${attempts}/${rows[0]?.id ?? ''}`)).body;
  };

  const first = await send(1);
  const second = await send(2);
  const facts = ({
    status_code,
    attempt_number,
    repeated,
    possible_duplicate,
    request_headers: sent,
  }: Thing) => [
    status_code,
    attempt_number,
    repeated,
    possible_duplicate,
    sent['HostedHooks-Possible-Duplicate'],
  ];
  assert.deepEqual(facts(first), ['200', 1, false, false, undefined]);
  assert.deepEqual(facts(second), ['200', 1, true, true, 'true']);
  assert.deepEqual(
    receiver.requests.map(({ head }) => head.includes('HostedHooks-Possible-Duplicate: true')),
    [false, false, true],
  );
});

test('a job that is returned with an outcome that could not be written says that it may have been sent', async () => {
  let passedMs = 0;
  const clock = { now: () => systemClock.now(), monotonicNow: () => systemClock.monotonicNow() + passedMs };
  const writer = new OutcomeWriter({ ...web.container, clock });
  const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
  const [sent, written] = [workFor(subscribed), workFor(subscribed)];
  await writer.write(outcomeOf(written));
  await writer.stop();
  passedMs = 60_000;
  await writer.write(outcomeOf(sent));

  assert.equal(sent.lease.returnedData.mayHaveBeenSent, true);
  assert.equal(written.lease.returnedData.mayHaveBeenSent, undefined);
});
