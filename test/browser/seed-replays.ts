import type { App } from '#src/domain/apps/app.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { TestServer } from '#test/support/server.ts';
import type { Seeded } from './seed.ts';

/** Replays by filter, and one of an own webhook. Answers the paths of what they are chosen from, and their own. */
export async function seedReplays(
  server: TestServer,
  { accountId, paths }: Seeded,
): Promise<Record<string, string>> {
  const { container } = server;
  const [app = '', empty = ''] = [paths['app'], paths['app-empty']];
  const owner = await container.apps.get(accountId, app.split('/').at(-1) ?? '');
  const subscription = await container.subscriptions.get(
    accountId,
    paths['subscriber']?.split('/').at(-1) ?? '',
  );
  await seedSuperseded(server, { owner, subscription });
  const replay = await container.appReplays.start(owner, { states: ['ignored'] });
  return {
    deliveries: `${app}/deliveries`,
    'deliveries-filtered': `${app}/deliveries?state=failed&since=2020-01-01T00:00`,
    'deliveries-none': `${app}/deliveries?event_type=nothing.such`,
    'deliveries-empty': `${empty}/deliveries`,
    'replay-new': `${app}/replays/new`,
    replay: `${app}/replays/${replay.id}`,
    replays: `${app}/replays`,
    'replays-empty': `${empty}/replays`,
    'webhook-replayed': await seedOwnReplay(server, accountId),
  };
}

/** What was given up at an endpoint that coalesces, before a newer message with its key. */
async function seedSuperseded(
  { container: { endpoints, pool } }: TestServer,
  { owner, subscription }: { owner: App; subscription: Subscription },
): Promise<void> {
  const { id } = await endpoints.create(subscription, {
    ...{ url: 'http://127.0.0.1:9/stock', version: '1.0', rules: { coalesce: true } },
  });
  const messages = [uuidv7(Date.now() - 2000), uuidv7(Date.now() - 1000)];
  await pool.query(
    `insert into messages (account_id, app_id, id, event_type, version, override_payload, endpoint_ids,
       deliveries_count, data, routing_revision, coalesce_key)
     select $1, $2, id, 'order.paid', '1.0', false, '{}', 1, '{"stock":3}', 1, 'sku-1' from unnest($3::uuid[]) id`,
    [owner.accountId, owner.id, messages],
  );
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
     select $1, $2, id, $4, case id when $5 then 'failed' else 'delivered' end, 5 from unnest($3::uuid[]) id`,
    [owner.accountId, owner.id, messages, id, messages[0]],
  );
}

/** A replay at an own webhook that has come to its half, and stays there behind what waits for a first attempt. */
async function seedOwnReplay(
  { container: { ownEndpoints, pool } }: TestServer,
  accountId: string,
): Promise<string> {
  const own = await ownEndpoints.create(accountId, { url: 'http://127.0.0.1:9/of-our-own' });
  const [id, from, to] = [uuidv7(Date.now()), uuidv7(Date.now() - 60_000), uuidv7(Date.now())];
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
     select $1, $2, id, $3, 'scheduled', 0, now() + interval '1 hour' from unnest($4::uuid[]) id`,
    [own.accountId, own.appId, own.id, Array.from({ length: 600 }, () => uuidv7(Date.now()))],
  );
  await pool.query(
    `insert into replays (account_id, app_id, endpoint_id, id, states, from_message_id, to_message_id, total, done)
     values ($1, $2, $3, $4, '{failed,held}', $5, $6, 40, 20)`,
    [own.accountId, own.appId, own.id, id, from, to],
  );
  return `/settings/webhooks/${own.id}`;
}
