import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WorldFile } from '#src/dev/fake-heroku/world-file.ts';
import { startFakeHerokuInDevelopment } from '#src/dev/start/fake-heroku.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

test('npm start on a fresh clone exchanges the grant of its demonstration and subscribes to webhooks', async () => {
  await using database = await createTestDatabase();
  await using folder = await createTemporaryFolder();
  const world = new WorldFile(folder.path);
  const env = { NODE_ENV: 'development', DATA_DIR: folder.path };
  await using server = await startServerProcess({ databaseUrl: database.url, entry: 'start', env });
  await eventually('subscribed with a token', async () => (await world.read()).webhooks.length === 1);
  const { authorizations, platformUrl } = await world.read();
  assert.equal(authorizations.length, 1);
  assert.equal((await fetch(`${platformUrl!}/addons`)).status, 406);

  server.program.kill('SIGTERM');
  assert.equal(await server.program.ended, 0);
  assert.equal((await world.read()).platformUrl, null);
});

const foreign: Record<string, string>[] = [
  { NODE_ENV: 'production' },
  { NODE_ENV: 'test' },
  { HEROKU_API_URL: 'https://api.heroku.com' },
  { HEROKU_ID_URL: 'https://id.heroku.com' },
  { HEROKU_CLIENT_SECRET: 'real' },
];
for (const env of foreign) {
  test(`no fake Heroku is started with ${JSON.stringify(env)}`, async () => {
    await using folder = await createTemporaryFolder();
    const heroku = await startFakeHerokuInDevelopment({ ...env, DATA_DIR: folder.path });
    await heroku.stop();
    assert.deepEqual(heroku.env, {});
    assert.ok(!existsSync(join(folder.path, 'heroku.json')));
  });
}
