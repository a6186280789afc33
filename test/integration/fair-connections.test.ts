import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { createPool } from '#src/infra/database/connection.ts';
import { createSequelize } from '#src/infra/database/sequelize.ts';
import { asService, onBehalfOf } from '#src/infra/lib/on-behalf.ts';
import { type Api, apiOfNewAccount } from '#test/support/api.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { sharedServer } from '#test/support/shared-server.ts';

// Whoever waits for a connection waits behind one request of each other account, and not behind all of one.

const database = await createTestDatabase({ isEmpty: true });
const pool = createPool({ url: database.url, max: 1, applicationName: 'test', onError: () => undefined });
const sequelize = createSequelize(database.url, 1);
after(async () => {
  await Promise.all([pool.end(), sequelize.close()]);
  await database[Symbol.asyncDispose]();
});

const ATTACK = 100;
const POOLS: Record<string, () => Promise<unknown>> = {
  'the data plane': () => pool.query('select 1'),
  'the control plane': () => sequelize.query('select 1'),
  'transactions of the control plane': () => sequelize.transaction(() => Promise.resolve()),
};

for (const [name, query] of Object.entries(POOLS)) {
  describe(name, () => {
    test('answers another account, and group commits, between the many of one', async () => {
      const { answered, all } = flood(() => onBehalfOf('attacker', query));
      await onBehalfOf('other', query);
      assert.ok(answered() <= 2, `${String(answered())} came first`);
      await asService(query);
      assert.ok(answered() <= 4, `${String(answered())} came first`);
      await all;
    });

    test('lends no more connections than there are, and each again', async () => {
      await flood(query).all;
      await query();
    });
  });
}

test('a query that fails gives its connection back', async () => {
  await assert.rejects(pool.query('select 1 / 0'), /division by zero/);
  await assert.rejects(sequelize.query('select 1 / 0'), /division by zero/);
  await Promise.all([pool.query('select 1'), sequelize.query('select 1')]);
});

test('a connection that is destroyed after it was released makes no room for one more', async () => {
  const { connectionManager } = sequelize;
  for (let round = 0; round < 5; round += 1) {
    const connection = await connectionManager.getConnection({ type: 'write' });
    connectionManager.releaseConnection(connection);
    await connectionManager.destroyConnection(connection).catch(() => undefined);
  }
  const query = () => sequelize.query('select 1');
  const { answered, all } = flood(() => onBehalfOf('attacker', query));
  await onBehalfOf('other', query);
  assert.ok(answered() <= 2, `${String(answered())} came first`);
  await all;
});

test('requests wait on behalf of the accounts whose keys they have', async () => {
  await using server = await sharedServer();
  const { pool: served } = server.container;
  const [attacker, other] = [await apiOfNewAccount(server), await apiOfNewAccount(server)];
  const post = ({ post: create }: Api) =>
    create('/hook_helpers', undefined, { 'idempotency-key': randomUUID() });
  await Promise.all([post(attacker), post(other)]);
  const held = await Promise.all(Array.from({ length: served.options.max }, () => served.connect()));
  const { answered, all } = flood(() => post(attacker));
  await eventually('all wait', () => served.waitedFor >= ATTACK);
  const theirs = post(other);
  await eventually('the other waits', () => served.waitedFor > ATTACK);
  for (const client of held) client.release();
  assert.equal((await theirs).status, 201);
  assert.ok(answered() < ATTACK / 2, `${String(answered())} came first`);
  await all;
});

/** Many at once, and how many of them have been answered. */
function flood(ask: () => Promise<unknown>): { answered: () => number; all: Promise<unknown> } {
  let answered = 0;
  const all = Array.from({ length: ATTACK }, () => ask().then(() => (answered += 1)));
  return { answered: () => answered, all: Promise.all(all) };
}
