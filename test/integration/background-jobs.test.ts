import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { eventually } from '#test/support/eventually.ts';
import { startTestServer } from '#test/support/server.ts';

test('of jobs that are done together one that fails is tried again, and the others are not', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool, queue } = server.container;
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  await transaction(pool, async (client) => {
    for (const resourceId of ids) await queue.send('heroku-authorization', { resourceId }, { client });
  });
  const runs: string[] = [];
  const handle = async ({ resourceId }: { resourceId: string }) => {
    runs.push(resourceId);
    if (resourceId === ids[1] && runs.filter((id) => id === resourceId).length === 1)
      throw new Error('not now');
  };
  await queue.workOn('heroku-authorization', handle, { concurrency: 3 });
  await eventually('all done', async () => {
    const { rowCount } = await pool.query(
      `select from pgboss.job where name = 'heroku-authorization' and state = 'completed'`,
    );
    return rowCount === 3;
  });
  assert.deepEqual([...runs].sort(), [...ids, ids[1]].sort());
});
