import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';

test('a process whose connection is cut in the middle of a commit answers 503 and goes on', async () => {
  await using setup = await startTestServer({ runs: 'web' });
  const { pool } = setup.container;
  const { apiKey, app } = await createSubscribedApp(setup, { url: 'https://receiver.example/' });
  await using server = await startServerProcess({ databaseUrl: setup.databaseUrl, entry: 'web' });
  const post = () =>
    fetch(`${server.url}/api/v1/apps/${app.id}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: '{"event_type":"user.created","version":"1.0","data":{}}',
    });
  assert.equal((await post()).status, 201);

  await using blocker = await holdTransaction(pool);
  await blocker.query('lock table messages in access exclusive mode');
  const posted = post();
  const committing = `from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await eventually('in the middle', async () => (await pool.query(`select ${committing}`)).rowCount === 1);
  await pool.query(`select pg_terminate_backend(pid) ${committing}`);
  assert.equal((await posted).status, 503);
  await blocker.rollback();

  assert.equal((await post()).status, 201);
});
