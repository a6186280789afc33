import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase, onServer, type TestDatabase } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { freePort } from '#src/dev/free-port.ts';
import { startProgram } from '#test/support/program.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';

const { PATH } = process.env;

test('a process says everything that is wrong with its environment, and exits 78', async () => {
  const env = { PATH, NODE_ENV: 'production', PORT: 'eighty' };
  for (const file of ['src/web.ts', 'src/worker.ts', 'src/release.ts']) {
    await using program = startProgram(process.execPath, [file], { env });
    assert.equal(await program.ended, 78);
    for (const name of ['PORT', 'DATABASE_URL', 'APP_SECRET', 'HEROKU_SSO_SALT']) {
      assert.match(program.errors(), new RegExp(name));
    }
  }
});

test('the release makes an empty database ready, once and again', async () => {
  await using database = await createTestDatabase({ isEmpty: true });
  for (const file of ['src/web.ts', 'src/worker.ts']) {
    await using early = startProgram(process.execPath, [file], {
      env: { PATH, NODE_ENV: 'test', LOG_LEVEL: 'silent', DATABASE_URL: database.url },
    });
    assert.equal(await early.ended, 1);
    assert.equal(early.errors(), 'The database is not migrated: run `node src/release.ts` first.\n');
  }
  for (let run = 1; run <= 2; run += 1) {
    await using release = startProgram(process.execPath, ['src/release.ts'], {
      env: { PATH, DATABASE_URL: database.url },
    });
    assert.equal(await release.ended, 0, release.errors());
  }
  await using web = await startServerProcess({ databaseUrl: database.url, entry: 'web' });
  assert.equal((await fetch(`${web.url}/healthz`)).status, 200);
  web.program.kill('SIGTERM');
  assert.equal(await web.program.ended, 0);
});

test('a database that cannot be reached is said in a sentence, with exit code 1', async () => {
  const unreachable = `postgres://user:topsecret@127.0.0.1:${String(await freePort())}/nothing`;
  for (const file of ['src/web.ts', 'src/worker.ts', 'src/release.ts', 'src/dev/start.ts']) {
    await using program = startProgram(process.execPath, [file], {
      env: { PATH, NODE_ENV: 'test', DATABASE_URL: unreachable },
    });
    assert.equal(await program.ended, 1);
    assert.match(program.errors(), /^DATABASE_URL: the database cannot be reached \(.*ECONNREFUSED.*\)\.\n$/);
    assert.ok(!program.errors().includes('topsecret'));
  }
});

test('web and worker say when they are ready, and stop at a signal that finds them starting', async () => {
  await using database = await createTestDatabase();
  const PORT = String(await freePort());
  const env = { PATH, NODE_ENV: 'test', DATABASE_URL: database.url, PORT };
  for (const [file, message] of [
    ['src/web.ts', `web listens on ${PORT}`],
    ['src/worker.ts', 'worker delivers'],
  ] as const) {
    await using program = startProgram(process.execPath, [file], { env });
    assert.equal((JSON.parse((await program.nextLine()) ?? '') as { msg: string }).msg, message);
    await using unused = await createTestDatabase();
    await using starting = startProgram(process.execPath, [file], {
      env: { ...env, DATABASE_URL: unused.url, PORT: String(await freePort()) },
    });
    await eventually('at its database', () => isConnectedTo(unused));
    starting.kill('SIGTERM');
    program.kill('SIGTERM');
    assert.deepEqual([await program.ended, await starting.ended], [0, 0], starting.errors());
  }
});

async function isConnectedTo({ url }: TestDatabase): Promise<boolean> {
  const { rows } = await onServer(
    `select from pg_stat_activity where datname = '${new URL(url).pathname.slice(1)}'`,
  );
  return rows.length > 0;
}

test('web leaves its messages to a worker', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(web, { url: receiver.url });
  await using worker = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });
  const { message } = await post();
  assert.equal((await receiver.nextRequest()).headers['webhook-id'], message.id);
  await eventually(
    'written',
    async () => (await deliveriesOf(worker.container.pool, message))[0]?.state === 'delivered',
  );
});

test('when the database is away it is not ready, answers 503, and comes back by itself', async () => {
  await using server = await startTestServer();
  await using receiver = await startReceiver();
  const { apiKey, app } = await createSubscribedApp(server, { url: receiver.url });
  const post = () =>
    fetch(`${server.url}/api/v1/apps/${app.id}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: '{"event_type":"user.created","version":"1.0","data":{}}',
    });
  assert.equal((await post()).status, 201);

  const database = new URL(server.databaseUrl).pathname.slice(1);
  await onServer(`alter database ${database} allow_connections false`);
  await onServer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  const refused = await post();
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);

  await onServer(`alter database ${database} allow_connections true`);
  await eventually('ready', async () => (await fetch(`${server.url}/readyz`)).ok);
  await eventually('accepting', async () => (await post()).status === 201);
  await receiver.firstRequests(2);
});
