import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { QueryConfig } from 'pg';
import type { Container } from '#src/container.ts';
import { PaymentRequired } from '#src/infra/lib/errors.ts';
import { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import { QuotaWarnings } from '#src/domain/quotas/quota-warnings.ts';
import { createJumpingClock, nextMonthAfter } from '#test/support/jumping-clock.ts';
import { countedMessages, putOnPlan, useMessagesBut } from '#test/support/quotas.ts';
import { createStillClock } from '#test/support/still-clock.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, messageTo } from '#test/support/subscribed-app.ts';

const url = 'https://receiver.example/';
const server = await startTestServer({ runs: 'web' });
const other = await startTestServer({ runs: 'web', databaseUrl: server.databaseUrl });
after(async () => {
  await other[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** An app of an account on the plan hobby, that has `left` messages left this month. */
async function hobbyApp(left: number, { on = server }: { on?: TestServer } = {}) {
  const subscribed = await createSubscribedApp(on, { url });
  const { app } = subscribed;
  await putOnPlan(on, app.accountId, 'hobby');
  await useMessagesBut(on, app.accountId, left);
  return { ...subscribed, accountId: app.accountId };
}

/** Of a process of its own. */
function quotaOf(changes: Partial<Pick<Container, 'clock' | 'pool'>>): MessageQuota {
  const { announcements, clock, logger, mailer, pool } = { ...server.container, ...changes };
  const warnings = new QuotaWarnings({ pool, logger, mailer, announcements, baseUrl: server.url });
  return new MessageQuota({ pool, logger, clock, warnings });
}

async function outcomes(posts: Promise<unknown>[]) {
  const results = await Promise.allSettled(posts);
  const refusals = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  return { accepted: results.length - refusals.length, refusals };
}

test('posts at the same time take exactly what is left, and each of the others is told why', async () => {
  const { accountId, post } = await hobbyApp(10);
  const { accepted, refusals } = await outcomes(Array.from({ length: 50 }, () => post()));
  assert.equal(accepted, 10);
  for (const refusal of refusals) {
    assert.ok(refusal instanceof PaymentRequired);
    assert.match(refusal.message, /plan hobby allows 10,000 messages a month/);
    assert.match(refusal.message, /heroku addons:upgrade hosted-hooks:starter/);
  }
  assert.equal(await countedMessages(server, accountId), 10_000);
});

test('the quota that was reserved for a duplicate is used by another message', async () => {
  const { accountId, post } = await hobbyApp(3);
  await post({ eventId: 'one' });
  const { accepted } = await outcomes([post({ eventId: 'one' }), post({ eventId: 'one' }), post(), post()]);
  assert.equal(accepted, 4);
  assert.equal(await countedMessages(server, accountId), 10_000);
});

test('an event_id that was accepted is answered as always when nothing is left', async () => {
  const { post } = await hobbyApp(1);
  const first = await post({ eventId: 'known' });
  await assert.rejects(post({ eventId: 'new' }), PaymentRequired);
  const again = await post({ eventId: 'known' });
  assert.deepEqual([again.isDuplicate, again.message.id], [true, first.message.id]);
});

test('a batch goes in whole or not at all; what is known already needs no quota', async () => {
  const { accountId, app, post } = await hobbyApp(4);
  await post({ eventId: 'known' });
  const batch = (eventIds: (string | null)[]) =>
    server.container.acceptor.acceptAll(eventIds.map((eventId) => ({ ...messageTo(app), eventId })));

  await assert.rejects(batch([null, null, null, null]), /3 of them are left/);
  assert.equal(await countedMessages(server, accountId), 9997);
  assert.equal((await batch(['known', 'a', 'b', 'b', 'c'])).length, 5);
  assert.equal(await countedMessages(server, accountId), 10_000);
  assert.equal((await batch(['known', 'a'])).filter(({ isDuplicate: isReplayed }) => isReplayed).length, 2);
});

test('two processes take what is left together, and pass the limit by what they may', async () => {
  const { accountId, app, post } = await hobbyApp(40);
  const elsewhere = () => other.container.acceptor.accept(messageTo(app));
  for (let posted = 0; posted < 40; posted += 1) {
    await outcomes([post(), elsewhere()]);
  }
  const counted = await countedMessages(server, accountId);
  assert.ok(counted >= 10_000 && counted <= 10_000 + 40 / 8, `${String(counted)} counted`);
  await assert.rejects(post(), PaymentRequired);
  await assert.rejects(elsewhere(), PaymentRequired);
});

test('two processes that are posted to at once pass the limit by an eighth of what they saw left', async () => {
  const { accountId, app, post } = await hobbyApp(16);
  const elsewhere = () => other.container.acceptor.accept(messageTo(app));
  await outcomes(Array.from({ length: 20 }, () => [post(), elsewhere()]).flat());
  const counted = await countedMessages(server, accountId);
  assert.ok(counted >= 10_000 && counted <= 10_000 + 16 / 8, `${String(counted)} counted`);
});

test('a batch that is larger than an eighth of what is left is let in, whatever is under way', async () => {
  const { accountId, app, post } = await hobbyApp(30);
  const batch = () => server.container.acceptor.acceptAll(Array.from({ length: 10 }, () => messageTo(app)));
  const { accepted } = await outcomes([post(), batch(), post(), batch(), ...Array.from({ length: 8 }, post)]);
  assert.equal(accepted, 12);
  assert.equal(await countedMessages(server, accountId), 10_000);
});

test('no post waits for a sample whose receiver takes its time', async () => {
  const { accountId } = await hobbyApp(4);
  const quota = quotaOf({});
  const released = await quota.reserve(accountId, 1, { isSlow: true });
  assert.ok(typeof released === 'function');
  for (let n = 0; n < 3; n += 1) {
    const post = await quota.reserve(accountId, 1);
    assert.ok(typeof post === 'function');
    post();
  }
  await quota.stop();
});

test('what others used meanwhile is seen when an eighth of what was left is taken', async () => {
  const { accountId, post } = await hobbyApp(800);
  await post();
  await server.container.pool.query(
    `update message_counts set messages = 9999 where account_id = $1 and shard = 99`,
    [accountId],
  );
  const { accepted } = await outcomes(Array.from({ length: 300 }, () => post()));
  assert.ok(accepted < 800 / 8, `${String(accepted)} accepted`);
});

test('what others used up is seen ten seconds later at the latest, whatever was left before', async () => {
  const { accountId } = await hobbyApp(8000);
  const { pool } = server.container;
  const clock = createStillClock(new Date().toISOString());
  const quota = quotaOf({ clock });
  const isLetIn = async () => !((await quota.reserve(accountId, 1)) instanceof PaymentRequired);
  assert.ok(await isLetIn());
  await pool.query('update message_counts set messages = 10000 where account_id = $1', [accountId]);
  assert.ok(await isLetIn());
  clock.move(10.1);
  assert.equal(await isLetIn(), false);
  await quota.stop();
});

test('a plan that changes while the counts are read is the one that holds, though they say another', async () => {
  const { accountId } = await hobbyApp(8000);
  const { pool } = server.container;
  const [wasRead, mayArrive] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const query = async (asked: QueryConfig) => {
    const answer = await pool.query(asked);
    wasRead.resolve(undefined);
    await mayArrive.promise;
    return answer;
  };
  const quota = quotaOf({ pool: { query } as unknown as Container['pool'] });
  const asked = quota.planOf(accountId);
  await wasRead.promise;
  await putOnPlan(server, accountId, 'starter');
  quota.invalidate(accountId);
  mayArrive.resolve(undefined);
  assert.equal((await asked)?.slug, 'starter');
  await quota.stop();
});

test('an upgrade opens at once, also in a process that has just refused', async () => {
  const { accountId, app, post } = await hobbyApp(0);
  const elsewhere = () => other.container.acceptor.accept(messageTo(app));
  await assert.rejects(post(), PaymentRequired);
  await assert.rejects(elsewhere(), PaymentRequired);
  const { rows } = await server.container.pool.query<{ id: string }>(
    'select id from heroku_resources where account_id = $1',
    [accountId],
  );
  await server.container.provisioning.changePlan(rows[0]?.id ?? '', 'starter');
  await elsewhere();
  await post();
  assert.equal(await countedMessages(server, accountId), 10_002);
});

test('a smaller plan holds at once in another process', async () => {
  const { accountId, app } = await hobbyApp(-20_000);
  await putOnPlan(server, accountId, 'starter');
  const elsewhere = () => other.container.acceptor.accept(messageTo(app));
  await elsewhere();
  const announced = new Promise<void>((resolve) => {
    const end = other.container.notifications.on('control_plane', (payload) => {
      if (payload !== `account:${accountId}`) return;
      end();
      resolve();
    });
  });
  await putOnPlan(server, accountId, 'hobby');
  await announced;
  await assert.rejects(elsewhere(), PaymentRequired);
});

test('when the month turns, all of it is there again', async () => {
  const clock = createJumpingClock();
  await using later = await startTestServer({ runs: 'web', clock });
  const { post } = await hobbyApp(0, { on: later });
  await assert.rejects(post(), PaymentRequired);
  await clock.jumpTo(nextMonthAfter(clock.now()), later.container.pool);
  await post();
});
