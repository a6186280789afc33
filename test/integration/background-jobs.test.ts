import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { prepareQueues } from '#src/infra/queue/prepare-queues.ts';
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

test('a job that three processes died with is parked, and taken up again by the next release', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool, queue } = server.container;
  const mailId = randomUUID();
  const send = () => transaction(pool, (client) => queue.send('mail', { mailId }, { client }));
  const jobsIn = async (name: string) => {
    const { rows } = await pool.query<{ id: string; state: string }>(
      `select id, state from pgboss.job where name = $1 and data->>'mailId' = $2`,
      [name, mailId],
    );
    return rows;
  };
  await send();
  const [job] = await jobsIn('mail');
  await pool.query('insert into job_runs (job_id, runs) values ($1, 3)', [job?.id]);
  const runs: string[] = [];
  await queue.workOn('mail', async (data) => void runs.push(data.mailId));
  await eventually('parked', async () => (await jobsIn('parked')).length === 1);
  await eventually('set aside', async () =>
    (await jobsIn('mail')).every(({ state }) => state === 'completed'),
  );
  assert.deepEqual(runs, []);
  assert.deepEqual(await queue.parkedJobs(), { mail: 1 });

  await prepareQueues(pool);
  await eventually('run', () => runs.length === 1);
  assert.deepEqual([runs, await queue.parkedJobs()], [[mailId], {}]);
  await eventually('ended', async () => (await pool.query('select from job_runs')).rowCount === 0);
});

test('a job that only fails is tried again, however often', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool, queue } = server.container;
  await transaction(pool, (client) => queue.send('mail', { mailId: randomUUID() }, { client }));
  let runs = 0;
  const handle = async () => {
    runs += 1;
    await pool.query(`update pgboss.job set start_after = now() where name = 'mail'`);
    if (runs < 5) throw new Error('not now');
  };
  await queue.workOn('mail', handle);
  await eventually(
    'run',
    async () => {
      await pool.query(`update pgboss.job set start_after = now() where name = 'mail' and state = 'retry'`);
      return runs === 5;
    },
    20_000,
  );
  assert.deepEqual(await queue.parkedJobs(), {});
});
