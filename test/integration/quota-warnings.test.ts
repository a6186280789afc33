import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { createJumpingClock, nextMonthAfter } from '#test/support/jumping-clock.ts';
import { putOnPlan, useMessagesBut } from '#test/support/quotas.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp, messageTo } from '#test/support/subscribed-app.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';

const clock = createJumpingClock();
const server = await startTestServer({ runs: 'web', clock });
const other = await startTestServer({ runs: 'web', databaseUrl: server.databaseUrl, clock });
after(async () => {
  await other[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function hobbyApp(left: number) {
  const subscribed = await createSubscribedApp(server, { url: 'https://receiver.example/' });
  const { accountId } = subscribed.app;
  await server.container.members.signIn(accountId, { herokuUserId: 'user-1', email: 'ada@example.com' });
  await putOnPlan(server, accountId, 'hobby');
  await useMessagesBut(server, accountId, left);
  const elsewhere = () => other.container.acceptor.accept(messageTo(subscribed.app));
  return { ...subscribed, accountId, elsewhere };
}

const subjects = async (accountId: string) => {
  const { rows } = await server.container.pool.query<{ subject: string }>(
    'select subject from mails where account_id = $1 order by created_at, id',
    [accountId],
  );
  return rows.map(({ subject }) => subject.replaceAll(/.* has used /g, ''));
};

const warned = (accountId: string, count: number) =>
  eventually(`${String(count)} warnings`, async () => (await subjects(accountId)).length === count);

test('each threshold is told once, whichever process reaches it', async () => {
  const { accountId, elsewhere, post } = await hobbyApp(5001);
  await post();
  await warned(accountId, 1);
  await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? post() : elsewhere())));

  await useMore(accountId, 2980);
  await Promise.all([post(), elsewhere()]);
  await warned(accountId, 2);

  await useMore(accountId, 1997);
  await Promise.allSettled(Array.from({ length: 6 }, () => [post(), elsewhere()]).flat());
  await warned(accountId, 3);

  await Promise.all([server.container.quota.stop(), other.container.quota.stop()]);
  assert.deepEqual(await subjects(accountId), [
    '50 % of this month’s messages',
    '80 % of this month’s messages',
    'all messages of this month',
  ]);
});

/** As if another process had accepted them; told to both, as time would. */
async function useMore(accountId: string, messages: number): Promise<void> {
  await server.container.pool.query(
    'update message_counts set messages = messages + $2 where account_id = $1 and shard = 99',
    [accountId, messages],
  );
  server.container.quota.invalidate(accountId);
  other.container.quota.invalidate(accountId);
}

test('who passes two thresholds at once is told the higher one', async () => {
  const { accountId, post } = await hobbyApp(1000);
  await post();
  await warned(accountId, 1);
  assert.deepEqual(await subjects(accountId), ['80 % of this month’s messages']);
});

test('who uses up the month while the warning before is still being written is told that, too', async () => {
  const { accountId, post } = await hobbyApp(2001);
  await using writer = await holdTransaction(server.container.pool);
  const month = `${new Date(clock.now()).toISOString().slice(0, 7)}-01`;
  await writer.query(`insert into usage_warnings values ($1, $2, 'hobby', 80)`, [accountId, month]);
  await post();
  await Promise.all(Array.from({ length: 2000 }, () => post()));
  await writer.rollback();
  await warned(accountId, 3);
  assert.deepEqual(await subjects(accountId), [
    '50 % of this month’s messages',
    '80 % of this month’s messages',
    'all messages of this month',
  ]);
});

test('a bigger plan warns of its own limit', async () => {
  const { accountId, post } = await hobbyApp(1000);
  await post();
  await warned(accountId, 1);
  await putOnPlan(server, accountId, 'starter');
  await useMore(accountId, 120_000);
  await post();
  await warned(accountId, 2);
  const { rows } = await server.container.pool.query<{ text: string; resource: string }>(
    'select text, heroku_resources.id as resource from mails join heroku_resources using (account_id) where account_id = $1 order by mails.id desc limit 1',
    [accountId],
  );
  assert.match(rows[0]?.text ?? '', /129,001 of the 250,000 messages that its plan starter has/);
  assert.match(rows[0]?.text ?? '', /^ *heroku addons:upgrade hosted-hooks-test-1 hosted-hooks:growth$/m);
  assert.ok(rows[0]?.text.includes(`/settings/usage?addon=${rows[0].resource}`));
});

test('the next month warns again', async () => {
  const { accountId, post } = await hobbyApp(5000);
  await post();
  await warned(accountId, 1);
  await clock.jumpTo(nextMonthAfter(clock.now()), server.container.pool);
  await useMessagesBut(server, accountId, 5000);
  await post();
  await warned(accountId, 2);
});
