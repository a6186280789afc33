import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { PRODUCTION } from '#test/support/production.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

async function scrape({ url }: Pick<TestServer, 'url'>, authorization?: string) {
  const response = await fetch(
    `${url}/metrics`,
    authorization === undefined ? {} : { headers: { authorization } },
  );
  const text = await response.text();
  const values = new Map(
    text
      .split('\n')
      .filter((line) => line.startsWith('hostedhooks_'))
      .map((line): [string, number] => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
  return { status: response.status, type: response.headers.get('content-type'), text, values };
}

test('the metrics count messages and attempts, and name no account, app or endpoint', async () => {
  await using server = await startTestServer({ env: { DYNO: 'web.1' } });
  await using well = await startReceiver();
  await using broken = await startReceiver(answer(503));
  const first = await createSubscribedApp(server, { url: well.url });
  await first.post({ eventId: 'once' });
  await first.post({ eventId: 'once' });
  const second = await createSubscribedApp(server, { url: broken.url, retryDelaysSeconds: [3600] });
  await second.post();
  const refused = await createSubscribedApp(server, {
    url: 'http://127.0.0.1:1/',
    retryDelaysSeconds: [3600],
  });
  await refused.post();
  const of = (name: string, label = '') => `hostedhooks_${name}{${label}process="web.1"}`;
  await eventually(
    'three attempts',
    async () => (await scrape(server)).values.get(of('attempt_duration_seconds_count')) === 3,
  );

  const { status, type, text, values } = await scrape(server);
  assert.equal(status, 200);
  assert.equal(type, 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(values.get(of('messages_total', 'verdict="accepted",')), 3);
  assert.equal(values.get(of('messages_total', 'verdict="duplicate",')), 1);
  for (const outcome of ['2xx', '5xx', 'refused']) {
    assert.equal(values.get(of('attempts_total', `outcome="${outcome}",`)), 1, outcome);
  }
  assert.equal(values.get(of('attempt_duration_seconds_bucket', 'le="+Inf",')), 3);
  assert.ok((values.get(of('attempt_duration_seconds_sum')) ?? 0) > 0);
  assert.equal(values.get(of('deliveries_in_flight')), 0);
  assert.ok((values.get(of('memory_bytes', 'kind="rss",')) ?? 0) > 10_000_000);
  // The attempt is counted before its outcome is written, which may need the only connection.
  await eventually(
    'an idle connection',
    async () => ((await scrape(server)).values.get(of('database_connections', 'state="idle",')) ?? 0) > 0,
  );
  assert.ok(values.has(of('event_loop_lag_seconds', 'quantile="p99",')));
  assert.equal(values.get('hostedhooks_queue_due_jobs{queue="deliver"}'), 0);
  for (const { app, endpoint } of [first, second, refused]) {
    for (const id of [app.id, app.accountId, endpoint.id]) assert.ok(!text.includes(id));
  }
});

test('every line is as Prometheus reads it, each family is described once', async () => {
  await using server = await sharedServer();
  const { text } = await scrape(server);
  const seen: string[] = [];
  for (const line of text.trimEnd().split('\n')) {
    assert.match(
      line,
      /^(# (HELP \w+ .+|TYPE \w+ (counter|gauge|histogram))|\w+(\{(\w+="[^"\n]*",?)+\})? [-+.e\d]+)$/,
    );
    if (line.startsWith('# TYPE')) seen.push(line);
  }
  assert.equal(new Set(seen).size, seen.length);
  assert.ok(seen.length >= 8);
});

test('what is due and nobody takes is seen to wait', async () => {
  await using web = await startTestServer({ runs: 'web' });
  const { post } = await createSubscribedApp(web, { url: 'http://127.0.0.1:1/' });
  await post();
  const { values } = await scrape(web);
  assert.equal(values.get('hostedhooks_queue_due_jobs{queue="deliver"}'), 1);
  assert.ok((values.get('hostedhooks_queue_oldest_due_seconds{queue="deliver"}') ?? -1) >= 0);
});

test('what waits in queues of endpoints is seen, and the issues that are open', async () => {
  await using server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
  await using broken = await startReceiver(answer(500));
  const paused = await createSubscribedApp(server, { url: broken.url });
  const of = async (name: string) => (await scrape(server)).values.get(`hostedhooks_${name}`);
  assert.equal(await of('endpoint_queue_deliveries'), 0);
  await server.container.endpoints.update(paused.endpoint, { isPaused: true });
  await paused.post();
  await paused.post();
  await eventually('two', async () => (await of('endpoint_queue_deliveries')) === 2);
  assert.ok(((await of('endpoint_queue_oldest_seconds')) ?? -1) >= 0);
  assert.equal(await of('issues{status="open"}'), 0);
  const failing = await createSubscribedApp(server, { url: broken.url });
  await failing.post();
  await eventually('an issue', async () => (await of('issues{status="open"}')) === 1);
});

test('a web process shows what workers measured, until they have been silent for a minute', async () => {
  const clock = createJumpingClock();
  await using web = await startTestServer({ runs: 'web', clock, env: { DYNO: 'web.1' } });
  await using worker = await startTestServer({
    runs: 'worker',
    databaseUrl: web.databaseUrl,
    env: { DYNO: 'worker.1' },
  });
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(web, { url: receiver.url });
  await post();
  await receiver.nextRequest();
  const attempts = 'hostedhooks_attempts_total{outcome="2xx",process="worker.1"}';
  assert.equal((await scrape(web)).values.get(attempts), undefined);
  await eventually('counted', async () => {
    await worker.container.metricsBoard.write();
    return (await scrape(web)).values.get(attempts) === 1;
  });
  const { values } = await scrape(web);
  assert.equal(values.get('hostedhooks_messages_total{verdict="accepted",process="web.1"}'), 1);
  clock.jump(1 / 30);
  assert.equal((await scrape(web)).values.get(attempts), undefined);
});

test('what one process has shown of itself, the next answer of another shows too', async () => {
  await using first = await startTestServer({ runs: 'web', env: { DYNO: 'web.1/1' } });
  const { databaseUrl } = first;
  await using second = await startTestServer({ runs: 'web', databaseUrl, env: { DYNO: 'web.1/2' } });
  const { post } = await createSubscribedApp(first, { url: 'http://127.0.0.1:1/' });
  const accepted = 'hostedhooks_messages_total{verdict="accepted",process="web.1/1"}';
  for (let count = 1; count <= 2; count += 1) {
    await post();
    assert.equal((await scrape(first)).values.get(accepted), count);
    assert.equal((await scrape(second)).values.get(accepted), count);
  }
});

test('in production there are none without a token, and with one only for who has it', async () => {
  await using without = await startTestServer({ env: PRODUCTION });
  assert.equal((await scrape(without)).status, 404);
  await using server = await startTestServer({ env: { ...PRODUCTION, METRICS_TOKEN: 'let-me-in' } });
  for (const authorization of [
    undefined,
    'Bearer let-me-i',
    'Bearer let-me-inn',
    'Basic let-me-in',
    'Bearer',
  ]) {
    const refused = await scrape(server, authorization);
    assert.deepEqual([refused.status, refused.values.size], [401, 0], authorization);
  }
  assert.equal((await scrape(server, 'Bearer let-me-in')).status, 200);
});
