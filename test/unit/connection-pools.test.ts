import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { buildConnector } from 'undici';
import { createConnectionPools } from '#src/infra/outbound/connection-pools.ts';
import { startReceiver } from '#test/support/receiver.ts';

const createPools = () =>
  createConnectionPools({ connect: () => buildConnector({ timeout: 5000 }), socketsPerPool: 2 });
const post = { method: 'POST', path: '/', body: 'x' } as const;

describe('the pool of an origin', () => {
  test('stays while it has a connection, and goes with the last one', async () => {
    const receiver = await startReceiver();
    const pools = createPools();
    const pool = pools.to(receiver.url, 'owner', { account: 'account' });
    await (await pool.request(post)).body.dump();
    assert.equal(pools.to(receiver.url, 'owner', { account: 'account' }), pool);

    const disconnected = once(pool, 'disconnect');
    await receiver.close();
    await disconnected;
    await nextTurn();
    assert.equal(pools.size(), 0);
    await pools.destroy();
  });

  test('opens every connection for its account, also one that replaces another', async () => {
    await using receiver = await startReceiver();
    const accounts: string[] = [];
    const connect = buildConnector({ timeout: 5000 });
    const pools = createConnectionPools({
      socketsPerPool: 1,
      connect:
        ({ account }) =>
        (target, callback) => {
          accounts.push(account);
          connect(target, callback);
        },
    });
    const pool = pools.to(receiver.url, 'owner', { account: 'account' });
    for (let sent = 0; sent < 2; sent += 1) {
      await (await pool.request({ ...post, reset: true })).body.dump();
    }
    assert.deepEqual(accounts, ['account', 'account']);
    await pools.destroy();
  });

  test('goes when no connection could be made', async () => {
    const receiver = await startReceiver();
    await receiver.close();
    const pools = createPools();
    await assert.rejects(pools.to(receiver.url, 'owner', { account: 'account' }).request(post), {
      code: 'ECONNREFUSED',
    });
    await nextTurn();
    assert.equal(pools.size(), 0);
    await pools.destroy();
  });

  test('gives way to those that were used later, but lets its requests end', async () => {
    await using receiver = await startReceiver();
    const pools = createPools();
    const answer = pools.to(receiver.url, 'owner', { account: 'account' }).request(post);
    for (let index = 0; index < 3000; index += 1)
      pools.to(`http://h${String(index)}.example`, 'owner', { account: 'account' });
    assert.equal(pools.size(), 2000);
    assert.equal((await answer).statusCode, 200);
    await (await answer).body.dump();
    await pools.destroy();
  });
});
