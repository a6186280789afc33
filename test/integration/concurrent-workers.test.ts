import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '#test/support/database.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

test('two workers deliver what is due once each, and end at SIGTERM', async () => {
  await using receiver = await startReceiver();
  await using sender = await startTestServer({ runs: 'web' });
  await using workers = await startServerProcess({
    databaseUrl: sender.databaseUrl,
    entry: 'worker',
    env: { WEB_CONCURRENCY: '2', LOG_LEVEL: 'info' },
  });
  for (let ready = 1; ready <= 2; ready += 1) {
    assert.match((await workers.program.nextLine()) ?? '', /worker delivers/);
  }
  const { post } = await createSubscribedApp(sender, { url: receiver.url });
  const posted = await Promise.all(Array.from({ length: 20 }, () => post()));
  const requests = await receiver.firstRequests(20);
  assert.deepEqual(
    requests.map(({ headers }) => headers['webhook-id']).sort(),
    posted.map(({ message }) => message.id).sort(),
  );
  workers.program.kill('SIGTERM');
  assert.equal(await workers.program.ended, 0, workers.program.errors());
});

test('npm start presents its demonstration on two processes', async () => {
  await using folder = await createTemporaryFolder();
  await using database = await createTestDatabase();
  await using start = await startServerProcess({
    databaseUrl: database.url,
    entry: 'start',
    env: { WEB_CONCURRENCY: '2', DATA_DIR: folder.path, NODE_ENV: 'development' },
  });
  let line = await start.program.nextLine();
  while (line !== undefined && !line.startsWith('curl ')) line = await start.program.nextLine();
  assert.match(line ?? '', /^curl -X POST '/, start.program.errors());
  start.program.kill('SIGTERM');
  assert.equal(await start.program.ended, 0, start.program.errors());
});
