import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { after, test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { putOnPlan, useMessagesBut } from '#test/support/quotas.ts';
import { startProgram } from '#test/support/program.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { createSubscribedApp, EVENT_TYPE } from '#test/support/subscribed-app.ts';

// Whichever process is free takes the next connection, so many at once reach both.

const PER_BATCH = 500;

const worker = await startTestServer();
const { databaseUrl } = worker;
const { clock, pool } = worker.container;
const web = await startServerProcess({ databaseUrl, entry: 'web', env: { WEB_CONCURRENCY: '2' } });
after(async () => {
  await web[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
});

async function appOn(plan: string, { url }: { url: string }) {
  const { apiKey, app } = await createSubscribedApp(worker, { url });
  await putOnPlan(worker, app.accountId, plan);
  const send = (path: string, body: unknown) =>
    fetch(`${web.url}/api/v1/apps/${app.id}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify(body),
    });
  const message = { event_type: EVENT_TYPE, version: '1.0', data: 0 };
  return {
    accountId: app.accountId,
    post: async (eventId?: string) => {
      const response = await send('/messages', { ...message, event_id: eventId });
      return { status: response.status, id: ((await response.json()) as { id: string }).id };
    },
    postBatch: async () => (await send('/messages/batch', Array(PER_BATCH).fill(message))).status,
  };
}

/** The counts of a metric by the pid of each web process, as /metrics shows them. */
async function countsOf(metric: string): Promise<Map<number, number>> {
  const response = await fetch(`${web.url}/metrics`, { headers: { connection: 'close' } });
  const line = new RegExp(`^hostedhooks_${metric}process="pid-(.*)"\\} (.+)$`, 'gm');
  const lines = [...(await response.text()).matchAll(line)];
  const counts = lines.map(([, pid, value]): [number, number] => [Number(pid), Number(value)]);
  return new Map(counts.filter(([pid]) => pid !== process.pid));
}

const accepted = () => countsOf('messages_total\\{verdict="accepted",');
const pids = async () => [...(await countsOf('cpu_seconds_total\\{')).keys()];

const times = <T>(count: number, act: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

test('two processes on one port accept messages, each of which arrives once', async () => {
  await using receiver = await startReceiver();
  const { post } = await appOn('scale', receiver);
  const posted: { status: number; id: string }[] = [];
  await eventually('both accept', async () => {
    posted.push(...(await times(8, () => post())));
    return (await accepted()).size === 2;
  });
  assert.deepEqual(new Set(posted.map(({ status }) => status)), new Set([201]));
  const requests = await receiver.firstRequests(posted.length);
  assert.deepEqual(
    requests.map(({ headers }) => headers['webhook-id']).sort(),
    posted.map(({ id }) => id).sort(),
  );

  let shown = new Map<number, number>();
  await eventually('/metrics counts all of them', async () => {
    const now = await accepted();
    for (const [pid, count] of shown) assert.ok((now.get(pid) ?? 0) >= count, 'no count goes back');
    shown = now;
    return [...now.values()].reduce((sum, count) => sum + count, 0) === posted.length;
  });
});

test('an event_id, the quota and the publish rate are those of both together', async () => {
  const { accountId, post, postBatch } = await appOn('hobby', { url: 'http://127.0.0.1:1/' });
  await useMessagesBut(worker, accountId, 17);
  const same = await times(4, () => post('once'));
  assert.equal(new Set(same.map(({ id }) => id)).size, 1);
  const statuses: number[] = [];
  for (let round = 1; round <= 12; round += 1) {
    statuses.push(...(await times(2, () => post())).map(({ status }) => status));
  }
  const count = statuses.filter((status) => status === 201).length;
  assert.ok(count >= 16 && count <= 16 + 16 / 8, `${String(count)} accepted`);
  assert.equal(statuses.filter((status) => status === 402).length, 24 - count);

  // Two batches are left of a minute's messages; a third comes in after five seconds.
  await pool.query(`update publish_rates set full_at = $2 where account_id = $1`, [
    accountId,
    clock.now() / 1000 + 50,
  ]);
  await pool.query(`delete from message_counts where account_id = $1`, [accountId]);
  const batches = await times(16, () => postBatch());
  assert.ok(batches.includes(429), String(batches));
});

test('a process that dies is replaced, and the other goes on meanwhile', async () => {
  const { post } = await appOn('scale', { url: 'http://127.0.0.1:1/' });
  const before = await pids();
  assert.equal(before.length, 2);
  process.kill(before[0] as number, 'SIGKILL');
  assert.match(
    (await web.program.nextLine()) ?? '',
    /"signalCode":"SIGKILL".*a process died and is replaced/,
  );
  assert.deepEqual(
    (await times(4, () => post())).map(({ status }) => status),
    [201, 201, 201, 201],
  );
  await eventually('a new one answers', async () => (await pids()).some((pid) => !before.includes(pid)));
});

test('what is wrong with one is said once, and ends all', async () => {
  const PORT = new URL(web.url).port;
  await using second = startProgram(process.execPath, ['src/web.ts'], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      DATABASE_URL: databaseUrl,
      PORT,
      WEB_CONCURRENCY: '2',
    },
  });
  assert.equal(await second.ended, 78);
  assert.equal(
    second.errors(),
    `PORT: ${PORT} is used by another program; stop it, or set another, like PORT=3001\n`,
  );
});

test('at SIGTERM each answers what has arrived, and all end', async () => {
  const { apiKey, app } = await createSubscribedApp(worker, { url: 'http://127.0.0.1:1/' });
  const body = JSON.stringify({ event_type: EVENT_TYPE, version: '1.0', data: 0 });
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    'content-length': body.length,
    expect: '100-continue',
  };
  const posts = Array.from({ length: 8 }, () =>
    request(`${web.url}/api/v1/apps/${app.id}/messages`, { method: 'POST', agent: false, headers }),
  );
  await Promise.all(
    posts.map((post) => {
      post.flushHeaders();
      return once(post, 'continue');
    }),
  );
  web.program.kill('SIGTERM');
  await eventually('closed', async () => {
    const answer = await fetch(`${web.url}/healthz`, { headers: { connection: 'close' } }).catch(() => null);
    return answer === null;
  });
  const statuses = posts.map(async (post) => {
    const [response] = (await once(post.end(body), 'response')) as [IncomingMessage];
    return response.resume().statusCode;
  });
  assert.deepEqual(await Promise.all(statuses), Array(8).fill(201));
  assert.equal(await web.program.ended, 0, web.program.errors());
});
