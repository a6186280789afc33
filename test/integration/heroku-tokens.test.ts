import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callPlatform } from '#src/domain/heroku-platform/platform-api.ts';
import { PlatformRefused, PlatformUnavailable } from '#src/domain/heroku-platform/platform-errors.ts';
import type { Dependencies } from '#src/domain/heroku-platform/dependencies.ts';
import { eventually } from '#test/support/eventually.ts';
import { countOf, type HerokuAndServer, startWithHeroku } from '#test/support/heroku.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { startTestServer } from '#test/support/server.ts';

const dependenciesOf = ({ container }: HerokuAndServer['server']): Dependencies => {
  const { pool, cipher, clock, logger, caller, queue, config, configKeys } = container;
  const { heroku, http } = config;
  return {
    pool,
    cipher,
    clock,
    logger,
    caller,
    sendJob: queue.send,
    heroku,
    baseUrl: http.baseUrl,
    keys: configKeys,
  };
};
const call = (server: HerokuAndServer['server'], uuid: string) =>
  callPlatform(dependenciesOf(server), uuid, { method: 'GET', path: `/addons/${uuid}` });
const refreshes = ({ heroku }: HerokuAndServer) =>
  heroku.requests.filter(
    ({ path, body }) =>
      path === '/oauth/token' && (body as { grant_type: string }).grant_type === 'refresh_token',
  ).length;

test('a token with little life left is refreshed before it is used, by one of two processes', async () => {
  const clock = createJumpingClock();
  await using both = await startWithHeroku({ server: { clock }, heroku: { rotatesRefreshTokens: true } });
  const { uuid } = await both.install();
  await using other = await startTestServer({
    databaseUrl: both.server.databaseUrl,
    runs: 'web',
    clock,
    env: both.heroku.env,
  });
  assert.equal(refreshes(both), 0);
  clock.jump(8 - 60 / 3600);
  const asked = [both.server, other, both.server, other, both.server].map((server) => call(server, uuid));
  assert.equal((await Promise.all(asked)).length, 5);
  assert.equal(refreshes(both), 1);
  // A rotated refresh token was kept: the next refresh works with it.
  clock.jump(8);
  await call(other, uuid);
  assert.equal(refreshes(both), 2);
});

test('a token that Heroku ended early is refreshed once', async () => {
  await using both = await startWithHeroku();
  const { uuid } = await both.install();
  await both.heroku.platform.expireTokens(uuid);
  await call(both.server, uuid);
  assert.equal(refreshes(both), 1);
});

test('a revoked authorization has failed with a reason, and is not asked for again', async () => {
  await using both = await startWithHeroku();
  const { uuid } = await both.install();
  await both.heroku.platform.revokeTokens(uuid);
  await assert.rejects(call(both.server, uuid), PlatformRefused);
  const found = await both.authorization(uuid);
  assert.equal(found?.state, 'failed');
  assert.match(found.problem ?? '', /authorization was revoked/);
  await assert.rejects(call(both.server, uuid), PlatformRefused);
  assert.equal(refreshes(both), 1);
});

test('a lease of a process that died with it runs out', async () => {
  const clock = createJumpingClock();
  await using both = await startWithHeroku({ server: { clock } });
  const { uuid } = await both.install();
  await both.heroku.platform.expireTokens(uuid);
  await both.server.container.pool.query('update heroku_authorizations set refresh_lease_until = $1', [
    new Date(clock.now() + 30_000),
  ]);
  const waiting = call(both.server, uuid);
  await eventually('refused once', () => countOf(both.heroku, 'GET', `/addons/${uuid}`) > 1);
  assert.equal(refreshes(both), 0);
  clock.jump(1);
  await waiting;
  assert.equal(refreshes(both), 1);
});

test('trouble is tried again by whoever asks, a refusal tells, and a redirect is not followed', async () => {
  await using both = await startWithHeroku();
  const { uuid } = await both.install();
  const asked = () => countOf(both.heroku, 'GET', `/addons/${uuid}`);
  const before = asked();
  const route = 'GET /addons/:id';
  const cases = [
    [{ status: 503 }, PlatformUnavailable, /503/],
    [{ status: 429 }, PlatformUnavailable, /429/],
    [{ garbage: true }, PlatformUnavailable, /other than JSON/],
    [{ flood: 3 * 1024 * 1024 }, PlatformUnavailable, /more than/],
    [{ status: 403 }, PlatformRefused, /refused GET \/addons \(403\)/],
    [{ status: 404 }, PlatformRefused, /404/],
    [{ status: 302, headers: { location: `${both.heroku.url}/addons` } }, PlatformRefused, /302/],
  ] as const;
  for (const [fault, kind, message] of cases) {
    both.heroku.fail(route, fault);
    await assert.rejects(call(both.server, uuid), (error) => {
      assert.ok(error instanceof kind);
      assert.match(error.message, message);
      assert.ok(!error.message.includes(uuid));
      return true;
    });
  }
  assert.equal(asked(), before + cases.length);
  assert.equal(countOf(both.heroku, 'GET', '/addons'), 0);
});
