import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { invalidateBlocks } from '#src/domain/search/invalidate-blocks.ts';
import { recountOne } from '#src/domain/search/recount-blocks.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import { endsMeanwhile } from '#test/support/eventually.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';
import { addMessages, idsSince } from '#test/support/searched-log.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const HOUR_MS = 3_600_000;
const BLOCK_ROWS = 10;

let server: TestServer;
before(async () => {
  server = await startTestServer({ runs: 'web' });
});
after(() => server[Symbol.asyncDispose]());

/** An hour from now, when what is built now is due. */
const recount = (pool = server.container.pool) =>
  transaction(pool, (client) => recountOne(client, { nowMs: Date.now() + HOUR_MS, blockRows: BLOCK_ROWS }));

/** An app of one block of messages; `addLate` adds as many between them. */
async function appWithBlock() {
  const { clock, logger, pool } = server.container;
  const owner = await createSubscribedApp(server, { url: 'https://example.com/' });
  const { id: appId, accountId } = owner.app;
  const ids = idsSince(HOUR_MS, BLOCK_ROWS * 2).map((id) => ({ id, data: '{}' }));
  const [seen, late] = [ids.filter((_, at) => at % 2 === 0), ids.filter((_, at) => at % 2 === 1)];
  await addMessages(pool, owner, seen);
  await new SearchIndex({ pool, clock, logger, blockRows: BLOCK_ROWS }).catchUp();
  return {
    accountId,
    appId,
    addLate: () => addMessages(pool, owner, late),
    /** As an import does that writes one of the late rows. */
    invalidate: () =>
      transaction(pool, (client) => {
        const rows = { accountId, appId, list: 'messages' as const, ids: [late[0]?.id ?? ''] };
        return invalidateBlocks(client, { ...rows, now: new Date() });
      }),
    async blocks() {
      const { rows } = await pool.query<{ seen: number; isToBeRecounted: boolean }>(
        `select rows_seen as seen, recount_at is not null as "isToBeRecounted" from search_blocks
         left join search_recounts using (account_id, app_id, list, from_id) where app_id = $1 order by from_id`,
        [appId],
      );
      return rows.map(Object.values);
    },
  };
}

test('a block is recounted once; when rows came it is made anew, as many blocks as they need', async () => {
  const same = await appWithBlock();
  assert.deepEqual(await same.blocks(), [[10, true]]);
  assert.deepEqual([await recount(), await recount()], [true, false]);
  assert.deepEqual(await same.blocks(), [[10, false]]);

  const grown = await appWithBlock();
  await grown.addLate();
  assert.deepEqual([await recount(), await recount()], [true, false]);
  assert.deepEqual(
    await grown.blocks(),
    [
      [10, true],
      [9, true],
    ],
    'the last of the late rows lies after the block',
  );
});

test('two workers never recount the same block, and neither waits', async () => {
  const app = await appWithBlock();
  await app.addLate();
  await transaction(server.container.pool, async (client) => {
    await recountOne(client, { nowMs: Date.now() + HOUR_MS, blockRows: BLOCK_ROWS });
    await endsMeanwhile(
      'passed over',
      recount().then((wasDue) => assert.equal(wasDue, false)),
    );
  });
  assert.equal((await app.blocks()).length, 2);
});

test('an import waits for the recount of a block, locks nothing that it needs, and has it counted again', async () => {
  const app = await appWithBlock();
  const { pool } = server.container;
  await using held = await holdTransaction(pool);
  await held.query('delete from search_recounts where app_id = $1', [app.appId]);
  const importing = app.invalidate();
  importing.catch(() => undefined);
  await someoneWaits(pool, 'search_recounts');
  await held.query('select from search_blocks where account_id = $1 and app_id = $2 for update nowait', [
    app.accountId,
    app.appId,
  ]);
  await held.commit();
  await importing;
  assert.deepEqual(await app.blocks(), [[0, true]]);
  await recount();
  assert.deepEqual(await app.blocks(), [[10, true]]);
});

test('a block that retention deleted is not made anew', async () => {
  const app = await appWithBlock();
  await server.container.pool.query('delete from search_blocks where app_id = $1', [app.appId]);
  assert.deepEqual([await recount(), await recount()], [true, false]);
  assert.deepEqual(await app.blocks(), []);
});
