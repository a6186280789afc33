import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { after, describe, test } from 'node:test';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { countedMessages, putOnPlan, useMessagesBut } from '#test/support/quotas.ts';
import { startTestServer } from '#test/support/server.ts';

const clock = createJumpingClock();
const server = await startTestServer({ clock, runs: 'web' });
const second = await startTestServer({ clock, runs: 'web', databaseUrl: server.databaseUrl });
after(async () => {
  await second[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
const { pool } = server.container;
const HEADER = { type: 'header', format: 'hostedhooks-export', version: 1 };
const TRAILER = { type: 'trailer' };

describe('a message that an import brings', () => {
  test('counts as one of today where a replay can send it, and ends the import where the plan has none left', async () => {
    const to = await hobbyist();
    await useMessagesBut(server, to.accountId, 2);
    const file = fileOf(['held', 'delivered', 'failed', 'scheduled', 'delivered']);
    const refused = await send(to, file);
    assert.deepEqual([refused.status, refused.body.code], [402, 'message_quota']);
    assert.deepEqual(refused.body.details[0]?.path, 'lines.6', 'the message that was scheduled');
    assert.match(refused.body.message, /hobby allows 10,000 .*addons:upgrade hosted-hooks:starter/);
    assert.equal(await messagesOf(to), 3, 'what stands before it is imported');
    assert.equal(await countedMessages(server, to.accountId), 10_000);

    const again = await send(to, file);
    assert.equal(again.status, 402, 'again, it is no way around');
    assert.equal(again.body.details[0]?.path, 'lines.6', 'what is there already needs no place');
    assert.equal((await send(to, fileOf(['delivered', 'discarded']))).status, 200, 'history needs no place');
    assert.equal(await countedMessages(server, to.accountId), 10_000);
    await onPlan(to, 'starter');
    const rest = await send(to, file);
    assert.deepEqual([rest.status, rest.body['existing']], [200, { app: 1, message: 3, delivery: 3 }]);
    assert.equal(await countedMessages(server, to.accountId), 10_001);
    assert.equal((await send(to, file)).status, 200);
    assert.equal(await countedMessages(server, to.accountId), 10_001);
  });

  test('and that has no place takes none from a post', async () => {
    const to = await hobbyist();
    await useMessagesBut(server, to.accountId, 1);
    assert.equal((await send(to, fileOf(['held', 'held', 'held']))).status, 402);
    assert.equal(await countedMessages(server, to.accountId), 10_000);
    const reserved = await server.container.quota.reserveUpTo(to.accountId, 5);
    assert.equal(reserved.reserved, 0);
    await onPlan(to, 'starter');
    const more = await server.container.quota.reserveUpTo(to.accountId, 1_000_000);
    assert.equal(more.reserved, 240_000, 'all that are left: none is kept by an import that has ended');
    more.release();
  });

  test('as history is one of so many a month as the plan takes while it keeps them', async () => {
    const to = await hobbyist();
    const file = fileOf(['delivered', 'delivered', 'held', 'delivered']);
    assert.equal((await send(to, fileOf(['delivered']))).status, 200);
    await pool.query('update imports set history_messages = history_messages + 9998 where account_id = $1', [
      to.accountId,
    ]);
    const refused = await send(to, file);
    assert.deepEqual([refused.status, refused.body.code], [402, 'import_limit']);
    assert.equal(refused.body.details[0]?.path, 'lines.4');
    assert.match(refused.body.message, /hobby allows to import 10,000 .*addons:upgrade hosted-hooks:starter/);
    assert.deepEqual([await messagesOf(to), await countedMessages(server, to.accountId)], [2, 0]);

    // What was imported in another month is no matter.
    await pool.query(
      `update imports set history_month = history_month - interval '1 month' where account_id = $1`,
      [to.accountId],
    );
    assert.equal((await send(to, file)).status, 200);
    const { rows } = await pool.query('select history_messages from imports where account_id = $1', [
      to.accountId,
    ]);
    assert.deepEqual(rows, [{ history_messages: 2 }]);
  });
});

test('history may be more than a month’s where the plan keeps it for longer', async () => {
  const to = await hobbyist();
  await onPlan(to, 'scale');
  assert.equal((await send(to, fileOf(['delivered']))).status, 200);
  await pool.query('update imports set history_messages = 74999999 where account_id = $1', [to.accountId]);
  assert.equal((await send(to, fileOf(['delivered']))).status, 200);
  const refused = await send(to, fileOf(['delivered']));
  assert.deepEqual([refused.status, refused.body.code], [402, 'import_limit']);
  assert.match(
    refused.body.message,
    /The plan scale is our largest\. Write to support@hostedhooks\.com for more\./,
  );
});

describe('an import that is running', () => {
  const importAt = ({ container }: typeof server, { accountId }: Api, rest: Promise<string>) =>
    container.imports.run(
      accountId,
      (async function* () {
        yield Buffer.from(`${JSON.stringify(HEADER)}\n`);
        yield Buffer.from(await rest);
      })(),
    );

  test('is the only one of its account, in all processes, for as long as it takes; others’ run beside it', async () => {
    const [to, other] = [await hobbyist(), await hobbyist()];
    const rest = Promise.withResolvers<string>();
    const first = importAt(second, to, rest.promise);
    await eventually('running', async () => (await leasedUntilMs(to)) > 0);
    for (let halves = 0; halves < 2; halves += 1) {
      const { status, body } = await send(to, fileOf([]));
      assert.deepEqual([status, body.code], [429, 'too_many_requests']);
      clock.jump(31 / 3600);
      await eventually('renewed', async () => (await leasedUntilMs(to)) > clock.now() + 50_000);
    }
    assert.equal((await send(to, fileOf([]))).status, 429);
    assert.equal((await send(other, fileOf(['held']))).status, 200);
    rest.resolve('{"type":"trailer"}');
    assert.equal((await first).complete, true);
    assert.equal((await send(to, fileOf(['held']))).status, 200);
  });

  test('may take longer to arrive than the five minutes after which Node cuts requests off', async () => {
    const servers = new Set<Server>();
    const note = (message: unknown) => void servers.add((message as { server: Server }).server);
    subscribe('http.server.request.start', note);
    assert.equal((await send(await hobbyist(), fileOf([]))).status, 200);
    unsubscribe('http.server.request.start', note);
    for (const { requestTimeout } of servers) assert.equal(requestTimeout, 3_600_000);
    assert.equal(servers.size, 1);
  });

  test('and was taken for dead writes nothing beside the one that came after it', async () => {
    const to = await hobbyist();
    const [slow, next] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const overtaken = importAt(second, to, slow.promise);
    await eventually('running', async () => (await leasedUntilMs(to)) > 0);
    clock.jump(61 / 3600);
    const after = importAt(server, to, next.promise);
    await eventually('taken over', async () => (await leasedUntilMs(to)) > clock.now());
    slow.resolve(fileOf(['delivered']).split('\n').slice(1).join('\n'));
    await assert.rejects(overtaken, { code: 'too_many_requests' });
    assert.equal((await send(to, fileOf([]))).status, 429, 'and its end is not the other’s');
    next.resolve(JSON.stringify(TRAILER));
    await after;
    assert.equal(await messagesOf(to), 0);
  });

  async function leasedUntilMs({ accountId }: Api): Promise<number> {
    const { rows } = await pool.query<{ until: Date }>(
      'select leased_until as until from imports where account_id = $1',
      [accountId],
    );
    return rows[0]?.until.getTime() ?? 0;
  }
});

test('a Hook Helper that is imported has a new address, and its endpoint follows: the old one may be another’s', async () => {
  const owner = await apiOfNewAccount(server);
  const { body: helper } = await owner.post('/hook_helpers', { label: 'Inbox' });
  await makeApp(owner, { url: `${helper.url}/orders?x=1` });
  const file = (await owner.get('/export')).text;
  // Nobody has the address any more, so nothing but the rule keeps it from being taken.
  assert.equal((await owner.delete(`/hook_helpers/${helper.id}`)).status, 204);
  const to = await apiOfNewAccount(server);
  for (const turn of ['first', 'again']) {
    assert.equal((await send(to, file)).body['problems_count'], 0, turn);
    const { first: own } = await to.get('/hook_helpers');
    assert.notEqual(own.url, helper.url);
    const { first: app } = await to.get('/apps');
    const { first: endpoint } = await to.get(`/apps/${app.id}/endpoints`);
    assert.equal(endpoint.url, `${own.url}/orders?x=1`, turn);
  }
});

async function onPlan({ accountId }: Api, plan: string): Promise<void> {
  await putOnPlan(server, accountId, plan);
  for (const { container } of [server, second]) container.quota.invalidate(accountId);
}

async function hobbyist(): Promise<Api> {
  const api = await apiOfNewAccount(server);
  await onPlan(api, 'hobby');
  return api;
}

const send = (to: Api, file: string) => to.post('/import', file, { 'content-type': 'application/x-ndjson' });

async function messagesOf({ accountId }: Api): Promise<number | null> {
  return (await pool.query('select from messages where account_id = $1', [accountId])).rowCount;
}

/** A message each, of a new app, with a delivery in that state. */
function fileOf(states: string[]): string {
  const nowMs = clock.now();
  const app = { type: 'app', id: uuidv7(nowMs), name: 'App', created_at: new Date(nowMs).toISOString() };
  const messages = states.map((_, index) => ({
    type: 'message',
    id: uuidv7(nowMs - 1000 + index),
    event_type: 'user.created',
    version: '1.0',
    data: { index },
  }));
  const deliveries = states.map((state, index) => ({
    type: 'delivery',
    message_id: messages[index]?.id,
    endpoint_id: randomUUID(),
    state,
    attempts_made: 1,
  }));
  return [HEADER, app, ...messages, ...deliveries, TRAILER].map((line) => JSON.stringify(line)).join('\n');
}
