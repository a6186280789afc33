import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { devSignInPath } from '#src/surfaces/heroku/dev-sign-in.ts';
import type { Program } from '#test/support/program.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';

test('addresses that are secrets stand in no line of the log, however they are asked for', async () => {
  await using setup = await startTestServer({ runs: 'web' });
  const { clock, config, hookHelpers } = setup.container;
  const { accountId, resourceId } = await setup.createAccount();
  const helper = await hookHelpers.create(accountId, { label: 'Inbox' });
  const signIn = (forResource: string) =>
    devSignInPath(
      { appSecret: config.secrets.app, clock },
      { resourceId: forResource, herokuUserId: 'u', email: 'ada@example.com' },
    );
  const unknown = randomBytes(20).toString('hex');
  const tooLarge = { method: 'POST', body: 'x'.repeat(1200 * 1024) };
  const requests: [path: string, status: number, init?: RequestInit][] = [
    [signIn(resourceId), 302],
    [signIn('00000000-0000-4000-8000-000000000000'), 403],
    [`/dev/sign_in/${unknown}`, 403],
    [`/r/${helper.token}`, 200],
    [`/r/${helper.token}/below?a=1`, 200],
    [`/R/${helper.token}`, 200],
    [`/r/${helper.token}`, 413, tooLarge],
    [`/r/${unknown}`, 404],
    [`/r/${unknown}`, 404, tooLarge],
    [`/r/${unknown}%`, 400],
    [`/password/${unknown}`, 404],
    [`/sign_up/${unknown}`, 404],
    [`/invitations/${unknown}`, 404],
    [`/mails/${unknown}`, 404],
    [`/portal/${unknown}`, 403],
  ];

  const lines = await logOf(setup.databaseUrl, async (url) => {
    for (const [path, expected, init] of requests) {
      const { status } = await fetch(`${url}${path}`, { redirect: 'manual', ...init });
      assert.equal(status, expected, path);
    }
  });

  const secrets = requests.map(([path]) => path.split(/[/?%]/).find((part) => part.length >= 20)!);
  for (const line of lines) assert.ok(!secrets.some((secret) => line.includes(secret)), line);
  const paths = lines.flatMap((line) => (JSON.parse(line) as { path?: string }).path ?? []);
  assert.equal(paths.filter((path) => path.includes('[redacted]')).length, requests.length);
});

test('an upload that is broken off is no error in the log, wherever it went', async () => {
  await using setup = await startTestServer({ runs: 'web' });
  const { config, hookHelpers } = setup.container;
  const { accountId, apiKey } = await setup.createAccount();
  const { token } = await hookHelpers.create(accountId, { label: 'Inbox' });
  const password = config.heroku.passwords[0]?.reveal() ?? '';
  const basic = Buffer.from(`${config.heroku.manifestId}:${password}`).toString('base64');
  const uploads: [path: string, type: string, authorization: string][] = [
    [`/r/${token}`, 'text/plain', ''],
    ['/api/v1/apps', 'application/json', `Bearer ${apiKey}`],
    ['/api/v1/import', 'application/x-ndjson', `Bearer ${apiKey}`],
    ['/heroku/resources', 'application/json', `Basic ${basic}`],
    ['/theme', 'application/x-www-form-urlencoded', ''],
  ];
  const lines = await logOf(setup.databaseUrl, async (url) => {
    for (const [path, type, authorization] of uploads)
      await breakOff(new URL(path, url), type, authorization);
  });
  const logged = lines.map((line) => JSON.parse(line) as { level: string; path?: string });
  assert.ok(logged.filter(({ path }) => path !== undefined).length >= uploads.length);
  assert.deepEqual(
    logged.filter(({ level }) => level === 'error'),
    [],
  );
});

/** Sends half of a body, and closes the connection once the server has begun to read. */
async function breakOff({ hostname, origin, pathname, port }: URL, type: string, authorization: string) {
  const socket = connect({ host: hostname, port: Number(port) });
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${hostname}`,
    `Origin: ${origin}`,
    `Content-Type: ${type}`,
    'Content-Length: 100',
    'Expect: 100-continue',
    ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.end('{"name');
  socket.resume();
  await once(socket, 'close');
}

/** All that a server process logs while `use` has it, to the end. */
async function logOf(databaseUrl: string, use: (url: string) => Promise<void>): Promise<string[]> {
  const env = { LOG_LEVEL: 'debug' };
  await using server = await startServerProcess({ databaseUrl, entry: 'web', env });
  await use(server.url);
  server.program.kill('SIGTERM');
  return await remainingLines(server.program);
}

async function remainingLines(program: Program): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await program.nextLine(); line !== undefined; line = await program.nextLine()) {
    lines.push(line);
  }
  return lines;
}
