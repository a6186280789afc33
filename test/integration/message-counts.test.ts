import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { insertMessages } from '#src/pipeline/accept/insert-messages.ts';
import { eventually } from '#test/support/eventually.ts';
import { countedMessages } from '#test/support/quotas.ts';
import { startTestServer } from '#test/support/server.ts';
import { messageFor } from '#test/support/outcomes.ts';
import { createSubscribedApp, messageTo } from '#test/support/subscribed-app.ts';
import { transaction } from '#src/infra/database/transaction.ts';

const server = await startTestServer({ runs: 'web' });
after(() => server[Symbol.asyncDispose]());
const url = 'https://receiver.example/';

test('messages that several processes accept at once are counted once each, whatever their fan-out', async () => {
  await using other = await startTestServer({ runs: 'web', databaseUrl: server.databaseUrl });
  const { app, post, subscription } = await createSubscribedApp(server, { url });
  await server.container.endpoints.create(subscription, { url, version: '1.0' });
  const elsewhere = () => other.container.acceptor.accept(messageTo(app));

  const all = Array.from({ length: 400 }, (_, index) => (index % 2 === 0 ? post() : elsewhere()));
  assert.equal((await Promise.all(all)).length, 400);

  assert.equal(await countedMessages(server, app.accountId), 400);
});

test('an event_id that comes again does not count, nor does what is refused', async () => {
  const { app, post } = await createSubscribedApp(server, { url });
  await Promise.all(Array.from({ length: 20 }, () => post({ eventId: 'same' })));
  await assert.rejects(post({ eventType: 'user.exploded' }));
  assert.equal(await countedMessages(server, app.accountId), 1);
});

test('a flush that is rolled back counts nothing', async () => {
  const { directory, pool } = server.container;
  const subscribed = await createSubscribedApp(server, { url });
  const { revision = '' } = (await directory.get(subscribed.app.id)) ?? {};
  const arrivals = [{ message: messageFor(subscribed), held: [], ignored: [], revision }];
  const rolledBack = transaction(pool, async (client) => {
    const { counts, results } = await insertMessages(client, arrivals, { day: '2026-11-22', shard: 1 });
    assert.deepEqual([results, counts.get(subscribed.app.accountId)], [['accepted'], 1]);
    throw new Error('a failed commit');
  });
  await assert.rejects(rolledBack, /a failed commit/);
  assert.equal(await countedMessages(server, subscribed.app.accountId), 0);
});

test('flushes of several accounts, in opposite orders and on the same shard, do not deadlock', async () => {
  const { directory, pool } = server.container;
  const apps = await Promise.all([
    createSubscribedApp(server, { url }),
    createSubscribedApp(server, { url }),
  ]);
  const revisions = await Promise.all(
    apps.map(async ({ app }) => (await directory.get(app.id))?.revision ?? ''),
  );
  const flush = async (order: number[]) => {
    const arrivals = order.map((at) => ({
      message: messageFor(apps[at]!),
      held: [],
      ignored: [],
      revision: revisions[at] ?? '',
    }));
    await transaction(pool, (client) => insertMessages(client, arrivals, { day: '2026-11-22', shard: 1 }));
  };
  await Promise.all(Array.from({ length: 40 }, (_, index) => flush(index % 2 === 0 ? [0, 1] : [1, 0])));
  assert.equal(await countedMessages(server, apps[0].app.accountId), 40);
});

test('raising a count stays in its page: it writes no index entry', async () => {
  const { app, post } = await createSubscribedApp(server, { url });
  for (let posted = 0; posted < 30; posted += 1) await post();
  assert.equal(await countedMessages(server, app.accountId), 30);
  const raised = async () => {
    const { rows } = await server.container.pool.query<{ updates: number; hot: number }>(
      `select n_tup_upd::int as updates, n_tup_hot_upd::int as hot from pg_stat_all_tables
       where relname = 'message_counts'`,
    );
    return rows[0] ?? { updates: 0, hot: 0 };
  };
  // Statistics are told by each connection from time to time.
  await eventually('told', async () => (await raised()).updates >= 20);
  const { updates, hot } = await raised();
  assert.equal(hot, updates);
});
