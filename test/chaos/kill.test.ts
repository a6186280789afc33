import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { startTestServer } from '../support/server.ts';
import { createSubscribedApp } from '../support/subscribed-app.ts';

const env = {
  DELIVERY_TIMEOUT_MS: '1000',
  DELIVERY_LEASE_SECONDS: '2',
  DELIVERY_RETRY_DELAYS: '0.5,0.5,0.5,0.5',
};

test('nothing that was answered 201 is lost over five kill -9 under load', async () => {
  await using setup = await startTestServer({ runs: 'web' });
  await using receiver = await startReceiver(({ response }) => {
    // Slow enough that every kill finds deliveries under way.
    setTimeout(() => response.writeHead(200).end(), 20);
  });
  const { apiKey, app } = await createSubscribedApp(setup, { url: receiver.url });
  const options = { databaseUrl: setup.databaseUrl, entry: 'start', env } as const;
  const accepted = new Set<string>();

  for (let kills = 1; kills <= 5; kills += 1) {
    await using server = await startServerProcess(options);
    await postUntil(server, { apiKey, appId: app.id, accepted, total: accepted.size + 150 });
    server.program.kill('SIGKILL');
    await server.program.ended;
  }

  await using _last = await startServerProcess(options);
  const arrived = () => new Set(receiver.requests.map(({ headers }) => headers['webhook-id']));
  const missing = () => [...accepted].filter((id) => !arrived().has(id));
  await eventually('all delivered', () => missing().length === 0, 30_000);
  assert.ok(accepted.size >= 750);
  await eventually(
    'settled, with no job left',
    async () => {
      const { rows } = await setup.container.pool.query<{ jobs: number; unsettled: number }>(
        `select (select count(*)::int from pgboss.job) as jobs,
        (select count(*)::int from messages where cardinality(endpoint_ids) > (
          select count(*) from deliveries where message_id = messages.id and state = 'delivered')) as unsettled`,
      );
      return rows[0]?.jobs === 0 && rows[0].unsettled === 0;
    },
    30_000,
  );
});

test('a worker that dies in mid-delivery is followed by another, which repeats only what was not settled', async () => {
  await using web = await startTestServer({ runs: 'web', env });
  let isHanging = true;
  await using receiver = await startReceiver(({ request, response }) => {
    if (isHanging && request.body.includes('slow')) return;
    response.writeHead(200).end();
  });
  const { post } = await createSubscribedApp(web, { url: receiver.url });
  const { message: quick } = await post({ dataText: '"quick"' });
  const worker = {
    databaseUrl: web.databaseUrl,
    entry: 'worker',
    env: { ...env, DELIVERY_TIMEOUT_MS: '1500' },
  } as const;
  {
    await using first = await startServerProcess(worker);
    await receiver.nextRequest(20_000);
    await eventually(
      'settled',
      async () => (await web.container.messages.deliveries(quick))[0]?.state === 'delivered',
    );
    await post({ dataText: '"slow"' });
    await receiver.nextRequest();
    first.program.kill('SIGKILL');
    await first.program.ended;
  }
  isHanging = false;

  await using _second = await startServerProcess(worker);
  const again = await receiver.nextRequest(20_000);

  assert.match(again.body.toString(), /slow/);
  assert.equal(again.headers['hostedhooks-attempt'], '1');
  assert.equal(receiver.requests.length, 3);
});

test('SIGTERM finishes what is in flight, hands back the rest, and exits 0', async () => {
  await using setup = await startTestServer({ runs: 'web' });
  await using receiver = await startReceiver(({ response }) => {
    setTimeout(() => response.writeHead(200).end(), 300);
  });
  const { apiKey, app } = await createSubscribedApp(setup, { url: receiver.url });
  const options = {
    databaseUrl: setup.databaseUrl,
    entry: 'start',
    env: { DELIVERY_LEASE_SECONDS: '60' },
  } as const;
  const accepted = new Set<string>();
  {
    await using server = await startServerProcess(options);
    await postUntil(server, { apiKey, appId: app.id, accepted, total: 100 });
    server.program.kill('SIGTERM');
    assert.equal(await server.program.ended, 0);
  }
  const before = receiver.requests.length;
  assert.ok(before < 100, 'all were sent before the signal');

  // Long before a lease would end: they were handed back, not left to it.
  await using _next = await startServerProcess(options);
  await receiver.firstRequests(100, 20_000);
  assert.equal(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size, 100);
  assert.equal(receiver.requests.length, 100);
});

interface Load {
  apiKey: string;
  appId: string;
  accepted: Set<string>;
  total: number;
}

/** Posts eight at a time until `accepted` holds `total` ids that were answered 201. */
async function postUntil(server: ServerProcess, { apiKey, appId, accepted, total }: Load): Promise<void> {
  const post = async () => {
    const response = await fetch(`${server.url}/api/v1/apps/${appId}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: '{"event_type":"user.created","version":"1.0","data":{"id":1}}',
    });
    const message = (await response.json()) as { id: string };
    if (response.status === 201) accepted.add(message.id);
  };
  const poster = async () => {
    while (accepted.size < total) await post();
  };
  await Promise.all(Array.from({ length: 8 }, poster));
}
