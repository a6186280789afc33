import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { statisticsOf } from '#src/domain/attempts/delivery-counts.ts';
import { rangesOf, spanOf } from '#src/domain/attempts/ranges.ts';
import { compactCounts } from '#src/domain/retention/compact-counts.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { recordAttempts } from '#src/pipeline/settle/record-attempts.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import { words } from '#test/support/onlooker.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const HOUR_MS = 3_600_000;

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { deliveryCounts, pool } = server.container;

/** Attempts of the last two days, each so many hours ago and so long, the failed ones not answered in time. */
async function log(
  of: Awaited<ReturnType<typeof createSubscribedApp>>,
  ages: [hours: number, ms: number | null][],
) {
  const attempts = ages.map(([hours, ms]): Attempt => {
    const failed = { outcome: 'timeout', statusCode: null, succeeded: false, durationMs: 15_000 } as const;
    const made = outcomeOf(workFor(of), {
      attempt: {
        id: uuidv7(Date.now() - hours * HOUR_MS + (ms ?? 15_000)),
        ...(ms === null ? failed : { durationMs: ms, succeeded: true, outcome: 'status' as const }),
      },
    }).attempt;
    return made ?? assert.fail();
  });
  await transaction(pool, (client) => recordAttempts(client, attempts, 7));
}

const home = async (visitor: Visitor, query = '') => words(await visitor.get(`/dashboard${query}`));

test('numbers are of the chosen time and app, beside those of the time before, and link to what they count', async () => {
  const visitor = await signedInVisitor(server);
  const { accountId } = visitor;
  const [shop, bank] = await Promise.all(
    ['shop', 'bank'].map((uid) =>
      createSubscribedApp(server, {
        account: { accountId, apiKey: '' },
        app: { uid },
        url: 'http://127.0.0.1:1/',
      }),
    ),
  );
  assert.ok(shop !== undefined && bank !== undefined);
  await log(shop, [
    [0.01, 40],
    [0.02, 50],
    [5, 900],
    [5, null],
    [30, 10],
    [30, null],
    [31, null],
  ]);
  await log(bank, [[6, 45]]);

  const day = await home(visitor);
  assert.match(day, /Attempts 5 to all endpoints, without tests 1 failed \(20%\) 3 in the 24 hours before/);
  assert.match(day, /Answer time, p50 43 ms p95 1\.00 s p99 1\.00 s/);
  assert.match(
    await home(visitor, `?app=${bank.app.id}`),
    /Attempts 1 to all endpoints, without tests Answer/,
  );
  const hour = await home(visitor, `?range=1h&app=${shop.app.id}`);
  assert.match(hour, /Attempts 2 to all endpoints, without tests Answer time/);
  assert.match(hour, /counted in steps of five minutes/);
  const { text } = await visitor.get(`/dashboard?app=${shop.app.id}`);
  const since = new Date(spanOf(rangesOf(3)[1] ?? assert.fail(), Date.now()).sinceMs)
    .toISOString()
    .slice(0, 16);
  const log24 = `/apps/${shop.app.id}/webhook_attempts?status=failed&amp;since=${encodeURIComponent(since)}`;
  assert.ok(text.includes(log24), log24);

  const stranger = await signedInVisitor(server);
  assert.match(await home(stranger, `?app=${shop.app.id}`), /“app” has a value that nothing here has/);
  assert.match(await home(visitor, '?range=3d'), /“range” has a value that nothing here has/);
});

test('what missed an endpoint is counted, each count with a link to just what it counts', async () => {
  const visitor = await signedInVisitor(server);
  const account = { accountId: visitor.accountId, apiKey: '' };
  const { app, endpoint, post } = await createSubscribedApp(server, { account, url: 'http://127.0.0.1:1/' });
  for (const state of ['failed', 'held']) {
    const { message } = await post();
    await pool.query(`insert into deliveries values ($1, $2, $3, $4, $5, 1)`, [
      ...[app.accountId, app.id, message.id, endpoint.id],
      state,
    ]);
  }
  const { text } = await visitor.get('/dashboard');
  assert.match(text, /<p class="card-note muted">\s*2 missed an endpoint\s*<\/p>/);
  for (const [state, count] of [
    ['failed', '1 given up'],
    ['held', '1 held'],
  ])
    assert.match(text, new RegExp(`/deliveries\\?state=${state ?? ''}&amp;since=[^"]+">${count ?? ''}<`));
  assert.doesNotMatch(text, /messages\?state=/);
});

test('what nobody is to get is no delivery on track, and what a replay sent of it is counted', async () => {
  const visitor = await signedInVisitor(server);
  const account = { accountId: visitor.accountId, apiKey: '' };
  const { app, endpoint, post } = await createSubscribedApp(server, { account, url: 'http://127.0.0.1:1/' });
  const { id } = (await post()).message;
  const key = [app.accountId, app.id, id];
  await pool.query(
    `update messages set endpoint_ids = '{}', deliveries_count = 0
     where account_id = $1 and app_id = $2 and id = $3`,
    key,
  );
  await pool.query(`insert into deliveries values ($1, $2, $3, $4, 'ignored', 0, null, 'filtered')`, [
    ...key,
    endpoint.id,
  ]);
  assert.match(await home(visitor), /Deliveries on track – 1 went to nobody /);

  await pool.query(
    `update deliveries set state = 'failed', reason = null where account_id = $1 and message_id = $2`,
    [app.accountId, id],
  );
  assert.match(
    await home(visitor, `?app=${app.id}&range=1h`),
    /Deliveries on track 0% 0 of 1 delivery, delivered or under way 1 given up 0 of 1 message fully delivered 1 missed an endpoint /,
  );
});

test('counts of the newest messages say so, and are no links to more than these', async () => {
  const visitor = await signedInVisitor(server);
  const account = { accountId: visitor.accountId, apiKey: '' };
  const { app, endpoint, post } = await createSubscribedApp(server, { account, url: 'http://127.0.0.1:1/' });
  const { id } = (await post()).message;
  await pool.query(
    `with copies as (insert into messages select copied.* from messages
         cross join unnest($4::uuid[]) as new(id)
         cross join lateral jsonb_populate_record(messages, jsonb_build_object('id', new.id)) copied
       where messages.account_id = $1 and messages.app_id = $2 and messages.id = $3)
     insert into deliveries select $1, $2, id, $5, 'held', 0 from unnest($4::uuid[]) as new(id)`,
    [
      ...[app.accountId, app.id, id],
      Array.from({ length: 3000 }, (_, n) => uuidv7(Date.now() - n)),
      endpoint.id,
    ],
  );
  const page = await visitor.get('/dashboard');
  assert.match(
    words(page),
    /of the newest 3,000 messages: \d of 3,000 deliveries, delivered or under way [23],\d+ held /,
  );
  assert.doesNotMatch(page.text, /deliveries\?state=held/);
});

test('an empty account is shown its first steps, and no card of zeros', async () => {
  const text = await home(await signedInVisitor(server));
  assert.match(text, /Getting started/);
  assert.doesNotMatch(text, /Deliveries on track|Answer time|No attempts in the/);
});

test('an app, its subscription and its endpoint are counted alike, before and after old counts were put together', async () => {
  const of = await createSubscribedApp(server, { url: 'http://127.0.0.1:1/' });
  await log(of, [
    [1, 7],
    [2, 20],
    [25, 300],
    [26, null],
    [40, 20_000],
    [60, 3],
    [61, null],
  ]);
  const { accountId, id: appId } = of.app;
  const range = rangesOf(3).at(-1) ?? assert.fail();
  const span = spanOf(range, Date.now());
  const owners = [
    { accountId },
    { accountId, appId },
    { accountId, subscriptionId: of.subscription.id },
    { accountId, endpointId: of.endpoint.id },
  ];
  const read = () => Promise.all(owners.map((owner) => deliveryCounts.bySteps(owner, span)));
  const before = await read();
  for (const steps of before) assert.deepEqual(steps, before[0]);
  const { attempts, failed, answerMs } = statisticsOf(before[0] ?? []);
  assert.deepEqual([attempts, failed], [7, 2]);
  assert.ok(answerMs !== null && answerMs.p50 > 15 && answerMs.p50 <= 20, JSON.stringify(answerMs));

  const slots = async () =>
    (await pool.query('select from app_delivery_counts where account_id = $1 and shard >= 0', [accountId]))
      .rowCount;
  assert.equal(await slots(), 7);
  const throttle = <T>(step: () => Promise<T>) => step();
  await compactCounts(pool, { accountId, nowMs: Date.now(), beforeId: '', throttle });
  assert.equal(await slots(), 2);
  // What is counted late for an old slot is put together next time.
  await log(of, [[40, 5]]);
  await compactCounts(pool, { accountId, nowMs: Date.now(), beforeId: '', throttle });
  assert.equal(await slots(), 2);
  const [ofAccount, ...others] = await read();
  for (const steps of others) assert.deepEqual(steps, ofAccount);
  assert.equal(statisticsOf(ofAccount ?? []).attempts, 8);
});
