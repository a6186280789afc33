import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { withWhatFollowed } from '#src/domain/attempts/logged-attempt.ts';
import { knownDeliveries } from '#src/domain/deliveries/state-sql.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { indexEntriesReadOf, listening, rowsReadOf } from '#test/support/rows-read.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());

const ENDPOINTS = 50;

test('the attempts of messages are found by these alone, before the planner has statistics of an account with many', async () => {
  const { app } = await createSubscribedApp(server, { url: 'https://acme.example/' });
  const nowMs = Date.now();
  const { rows } = await server.container.pool.query<{ messageId: string }>(
    `insert into attempts (account_id, app_id, subscription_id, event_type, attempt_number, succeeded, duration_ms,
       id, message_id, endpoint_id)
     select $1, $2, $2, 'user.created', 1, true, 5, *, gen_random_uuid(), gen_random_uuid() from unnest($3::uuid[])
     returning message_id as "messageId"`,
    [app.accountId, app.id, Array.from({ length: 5000 }, (_, index) => uuidv7(nowMs + index))],
  );
  const named = rows.slice(0, 10).map(({ messageId }) => messageId);
  const known = knownDeliveries({ accountId: '$1', messageIs: '= named.id' });
  const sql = `select known.* from unnest($2::uuid[]) as named(id) cross join lateral (${known} offset 0) known`;
  assert.equal(
    await indexEntriesReadOf('attempts', server.container.pool, [sql, [app.accountId, named]]),
    named.length,
  );
});

/** A message to many endpoints with two attempts each, beside many of other messages to the same endpoints. */
async function attemptedOften() {
  const { app, subscription } = await createSubscribedApp(server, { url: 'https://acme.example/' });
  const nowMs = Date.now();
  const idsOf = (count: number) => Array.from({ length: count }, (_, index) => uuidv7(nowMs + index));
  const messages = idsOf(21);
  const endpoints = idsOf(ENDPOINTS);
  const keys = messages.flatMap((messageId, index) =>
    endpoints.flatMap((endpointId) =>
      Array.from({ length: index === 0 ? 2 : 1 }, () => ({ messageId, endpointId })),
    ),
  );
  const ids = idsOf(keys.length);
  await server.container.pool.query(
    `insert into attempts (account_id, app_id, subscription_id, event_type, attempt_number, succeeded, duration_ms,
       next_attempt_at, id, message_id, endpoint_id)
     select $1, $2, $3, 'user.created', 1, false, 5, now(), * from unnest($4::uuid[], $5::uuid[], $6::uuid[])`,
    [
      ...[app.accountId, app.id, subscription.id, ids],
      ...[keys.map(({ messageId }) => messageId), keys.map(({ endpointId }) => endpointId)],
    ],
  );
  const attempts = keys.map(
    (key, index) =>
      ({
        ...{ ...key, id: ids[index], accountId: app.accountId },
        ...{ succeeded: false, nextAttemptAt: new Date() },
      }) as Attempt,
  );
  return attempts.slice(0, 2 * ENDPOINTS);
}

test('what followed attempts is found by one row for each, whatever else went to the endpoint and the message', async () => {
  const attempts = await attemptedOften();
  const { asked, pool } = listening(server.container.pool);
  const logged = await withWhatFollowed(pool, attempts);
  assert.equal(logged.filter(({ wasFollowed }) => wasFollowed).length, ENDPOINTS);
  const [statement] = asked;
  assert.ok(statement !== undefined);
  assert.equal(await rowsReadOf('attempts', server.container.pool, statement), ENDPOINTS);
});
