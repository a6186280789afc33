import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { startFakeHeroku } from '#src/dev/fake-heroku/index.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { callPartner, provisionBody } from '#test/support/partner-calls.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';

const CLIENT_SECRET = 'client-secret-that-no-log-holds';

test('nothing that Heroku trusts us with stands in the log, or in what a failed job leaves', async () => {
  await using database = await createTestDatabase();
  await using heroku = await startFakeHeroku({ clientSecret: CLIENT_SECRET });
  heroku.fail('POST /oauth/token', { status: 503 });
  heroku.fail('GET /apps/:id', { status: 503 });
  heroku.fail('PATCH /addons/:id/config', { status: 503 });
  const env = { ...heroku.env, LOG_LEVEL: 'debug' };
  await using web = await startTestServer({ databaseUrl: database.url, runs: 'web', env: heroku.env });
  await using worker = await startServerProcess({ databaseUrl: database.url, entry: 'worker', env });

  const { pool, keyRotation } = web.container;
  // Looked at from the start, because a job that succeeds in the end keeps nothing of its failures.
  const left = new Set<string>();
  const look = async () => {
    const { rows } = await pool.query<{ text: string }>(
      'select data::text || coalesce(output::text, $1) as text from pgboss.job',
      [''],
    );
    for (const { text } of rows) left.add(text);
    return rows.some(({ text }) => text.includes('503'));
  };
  const failed = eventually('a job that failed', look);

  const uuid = randomUUID();
  const grant = await heroku.platform.createGrant(uuid);
  const provision = await callPartner(web, 'POST ', { body: provisionBody({ uuid, oauth_grant: grant }) });
  const { rows } = await pool.query<{ id: string }>('select account_id as id from heroku_resources');
  await eventually(
    'authorized, with an error on the way',
    async () => (await pool.query('select from heroku_resources where synced_at is not null')).rowCount === 1,
    40_000,
  );
  const { key } = await keyRotation.rotate(rows[0]!.id, { graceSeconds: 60 });
  await eventually(
    'in the config',
    async () => (await heroku.platform.configOf(uuid))['HOSTEDHOOKS_API_KEY'] === key,
    30_000,
  );

  const { authorizations, webhooks } = await heroku.platform.read();
  const secrets = [
    CLIENT_SECRET,
    grant.code,
    key,
    provision.body!.config!['HOSTEDHOOKS_API_KEY']!,
    ...authorizations.flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken]),
    ...webhooks.flatMap(({ secret, authorization }) => [secret, authorization!]),
  ];
  await failed;
  await look();
  worker.program.kill('SIGTERM');
  const lines = [...left];
  for (
    let line = await worker.program.nextLine();
    line !== undefined;
    line = await worker.program.nextLine()
  ) {
    lines.push(line);
  }
  assert.ok(lines.some((line) => line.includes('has authorized us')));
  for (const line of lines) assert.ok(!secrets.some((secret) => line.includes(secret)), line);
});
