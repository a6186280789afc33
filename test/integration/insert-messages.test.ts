import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { insertRows } from '#src/infra/database/insert-rows.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { insertMessages } from '#src/pipeline/accept/insert-messages.ts';
import { insertMessagesOnCitus } from '#src/pipeline/accept/insert-messages-on-citus.ts';
import type { RoutedMessage } from '#src/pipeline/accept/routed-message.ts';
import { messageFor } from '#test/support/outcomes.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

// The statements for Citus are plain SQL, so that PostgreSQL shows that both forms write the same.

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { directory, pool } = server.container;
const COUNT = { day: '2026-11-22', shard: 1 };
const FORMS = { insertMessages, insertMessagesOnCitus };

const subscribedApp = () => createSubscribedApp(server, { url: 'https://receiver.example/' });

/** A flush of two accounts, with all that a message may have. */
async function flushOf(first: SubscribedApp, second: SubscribedApp): Promise<RoutedMessage[]> {
  const revisions = await Promise.all(
    [first, second].map(async ({ app }) => (await directory.get(app.id))?.revision ?? ''),
  );
  const routed = (
    at: 0 | 1,
    changes: Parameters<typeof messageFor>[1] = {},
    more: Partial<RoutedMessage> = {},
  ) => {
    const of = [first, second][at] ?? first;
    return {
      message: messageFor(of, changes),
      held: [],
      ignored: [],
      revision: revisions[at] ?? '',
      ...more,
    };
  };
  return [
    routed(1, { headers: { 'x-a': 'b' }, deliverAt: new Date('2026-12-24T18:00:00Z') }),
    routed(0, { data: Buffer.from([0, 255]), contentType: 'application/octet-stream' }),
    routed(0, { eventId: 'b' }, { held: [randomUUID(), randomUUID()] }),
    routed(1, { eventId: 'b', data: '{"é":"\\u0000"}', version: '2.0', overridePayload: false }),
    routed(0, { eventId: 'a' }, { ignored: [{ endpointId: randomUUID(), reason: 'filtered' }] }),
    routed(0, { eventId: 'b' }, { held: [randomUUID()] }),
    routed(0, { eventId: 'stale' }, { revision: '999999' }),
    routed(1, {
      subscriptionId: randomUUID(),
      endpointId: randomUUID(),
      endpointIds: [],
      deliveriesCount: 0,
    }),
  ];
}

const RESULTS = [
  'accepted',
  'accepted',
  'accepted',
  'accepted',
  'accepted',
  'duplicate',
  'stale',
  'accepted',
];

/** What is written of a flush, with the places of its messages in the flush for their ids. */
async function writtenOf(flush: RoutedMessage[]) {
  const ids = flush.map(({ message }) => message.id);
  const rowsOf = async (table: string, id: string, without: string) => {
    const { rows } = await pool.query<{ at: number }>(
      `select to_jsonb(t) - '${id}' - 'account_id' - 'app_id' ${without} as row, array_position($1::uuid[], ${id}) as at
       from ${table} t where ${id} = any($1) order by at, 1`,
      [ids],
    );
    return rows;
  };
  return {
    messages: await rowsOf(
      'messages',
      'id',
      "- 'endpoint_ids' - 'subscription_id' - 'endpoint_id' - 'routing_revision'",
    ),
    kept: await rowsOf('deliveries', 'message_id', "- 'endpoint_id'"),
    eventIds: await rowsOf('message_event_ids', 'message_id', ''),
  };
}

describe('a flush of messages', () => {
  test('is written alike on PostgreSQL and on Citus', async () => {
    const written = [];
    for (const insert of Object.values(FORMS)) {
      const [first, second] = await Promise.all([subscribedApp(), subscribedApp()]);
      const flush = await flushOf(first, second);
      const { results, counts } = await transaction(pool, (client) => insert(client, flush, COUNT));
      assert.deepEqual(results, RESULTS);
      assert.deepEqual([counts.get(first.app.accountId), counts.get(second.app.accountId)], [3, 3]);
      const again = await flushOf(first, second);
      const later = await transaction(pool, (client) => insert(client, again, COUNT));
      assert.deepEqual(
        later.results,
        RESULTS.map((result, at) =>
          again[at]?.message.eventId != null && result === 'accepted' ? 'duplicate' : result,
        ),
      );
      assert.deepEqual(
        [later.counts.get(first.app.accountId), later.counts.get(second.app.accountId)],
        [4, 5],
      );
      written.push(await writtenOf(flush));
    }
    assert.deepEqual(written[0], written[1]);
    assert.equal(written[0]?.messages.length, 6);
    assert.equal(written[0].kept.length, 3);
  });

  for (const [name, insert] of Object.entries(FORMS)) {
    test(`may name the same accounts and events as others, in any order (${name})`, async () => {
      const apps = await Promise.all([subscribedApp(), subscribedApp()]);
      const run = async (isTurned: boolean) => {
        const flush = await flushOf(...(isTurned ? ([apps[1], apps[0]] as const) : apps));
        await transaction(pool, (client) => insert(client, isTurned ? flush.toReversed() : flush, COUNT));
      };
      await Promise.all(Array.from({ length: 20 }, (_, index) => run(index % 2 === 0)));
      const { rows } = await pool.query<{ count: number }>(
        'select count(*)::int as count from message_event_ids where account_id = any($1)',
        [apps.map(({ app }) => app.accountId)],
      );
      assert.equal(rows[0]?.count, 4);
    });
  }
});

test('rows beyond what one statement takes go with further ones', async () => {
  const { app } = await subscribedApp();
  const rows = Array.from({ length: 20_000 }, (_, index) => ({
    account_id: app.accountId,
    app_id: app.id,
    event_id: String(index),
    message_id: randomUUID(),
  }));
  const ending = 'on conflict do nothing returning event_id';
  const taken = await transaction(pool, (client) =>
    insertRows(client, 'message_event_ids', { rows, ending }),
  );
  assert.equal(taken.length, rows.length);
});
