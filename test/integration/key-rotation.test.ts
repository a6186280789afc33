import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { endsMeanwhile, eventually } from '#test/support/eventually.ts';
import { countOf, type HerokuAndServer, startWithHeroku } from '#test/support/heroku.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { keysOf } from '#test/support/keys-of.ts';
import { callPartner, provisionBody } from '#test/support/partner-calls.ts';
import { freezeCaches } from '#test/support/frozen-caches.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { countLockWaits, someoneWaits } from '#test/support/lock-waits.ts';
import { startTestServer } from '#test/support/server.ts';

const CONFIG = 'PATCH /addons/:id/config';
const configured = async ({ heroku }: HerokuAndServer, uuid: string) =>
  (await heroku.platform.configOf(uuid))['HOSTEDHOOKS_API_KEY'];
const mailsOf = async ({ server }: HerokuAndServer) => {
  const { rows } = await server.container.pool.query<{ text: string }>(
    `select text from mails where template = 'api-key-rotated' order by id`,
  );
  return rows.map(({ text }) => text);
};
const NO_GRANT = { oauth_grant: null };

test('a rotated key is put into the config; the old one ends when its grace has passed since then', async () => {
  const clock = createJumpingClock();
  await using both = await startWithHeroku({ server: { clock }, heroku: { clock } });
  const keys = keysOf(both.server);
  const { uuid, apiKey } = await both.install();
  both.heroku.fail(CONFIG, { status: 503 });
  const made = await keys.rotate(apiKey, { grace_seconds: 3600 });
  assert.notEqual(made.api_key, apiKey);
  assert.ok(await keys.isAccepted(made.api_key));
  // The grace has not begun: however long Heroku takes.
  await eventually('tried', () => countOf(both.heroku, 'PATCH', `/addons/${uuid}/config`) === 1);
  clock.jump(2);
  assert.deepEqual(
    (await keys.list(apiKey)).map(({ status }) => status),
    ['active', 'replaced'],
  );

  await eventually('in the config', async () => (await configured(both, uuid)) === made.api_key, 20_000);
  await eventually('the grace runs', async () => (await keys.list(made.api_key))[1]?.status === 'expiring');
  const [current, old] = await keys.list(made.api_key);
  assert.ok(current?.config_updated_at);
  assert.equal(Date.parse(old!.expires_at!) - Date.parse(current.config_updated_at), 3_600_000);
  assert.ok(await keys.isAccepted(apiKey));
  clock.jump(1.01);
  assert.equal(await keys.isAccepted(apiKey), false);
  assert.ok(await keys.isAccepted(made.api_key));
  // As a job whose process died after its commit.
  await both.server.container.herokuPlatform.updateConfig(uuid);
  const mails = await mailsOf(both);
  assert.equal(mails.length, 1);
  assert.match(mails[0]!, /We have put the new key into the config/);
  assert.ok(!mails[0]!.includes(made.api_key));
});

test('a repeated provision answers the current key, and keeps none', async () => {
  await using both = await startWithHeroku();
  const { uuid, apiKey } = await both.provision(NO_GRANT);
  const body = provisionBody({ uuid });
  const { api_key: rotated } = await keysOf(both.server).rotate(apiKey);
  const answers = await Promise.all([1, 2, 3].map(() => callPartner(both.server, 'POST ', { body })));
  for (const answer of answers) assert.equal(answer.body?.config?.['HOSTEDHOOKS_API_KEY'], rotated);
  assert.equal((await keysOf(both.server).list(rotated)).length, 2);
});

test('a leaked key ends at its notice, in every process', async (t) => {
  freezeCaches(t);
  await using both = await startWithHeroku();
  await using other = await startTestServer({ databaseUrl: both.server.databaseUrl, runs: 'web' });
  const { apiKey } = await both.install();
  assert.ok(await keysOf(other).isAccepted(apiKey));
  const { api_key: rotated } = await keysOf(both.server).rotate(apiKey, { grace_seconds: 0 });
  assert.equal(await keysOf(both.server).isAccepted(apiKey), false);
  await eventually('refused by the other process', async () => !(await keysOf(other).isAccepted(apiKey)));
  assert.ok(await keysOf(other).isAccepted(rotated));
});

test('a key that expires while another process has it cached ends by the clock', async () => {
  const clock = createJumpingClock();
  await using both = await startWithHeroku({ server: { clock }, heroku: { clock } });
  await using other = await startTestServer({ databaseUrl: both.server.databaseUrl, runs: 'web', clock });
  const { apiKey } = await both.install();
  const { api_key: rotated } = await keysOf(both.server).rotate(apiKey, { grace_seconds: 60 });
  await eventually('expiring', async () => (await keysOf(other).list(rotated))[1]?.status === 'expiring');
  assert.ok(await keysOf(other).isAccepted(apiKey));
  clock.jump(61 / 3600);
  assert.equal(await keysOf(other).isAccepted(apiKey), false);
});

test('two rotations in a row end with the newest key in the config, and the first waits for that', async () => {
  await using both = await startWithHeroku();
  const keys = keysOf(both.server);
  const { uuid, apiKey } = await both.install();
  both.heroku.fail(CONFIG, { status: 503, times: 1 });
  const second = await keys.rotate(apiKey, { grace_seconds: 600 });
  const third = await keys.rotate(second.api_key, { grace_seconds: 300 });
  await eventually('in the config', async () => (await configured(both, uuid)) === third.api_key, 20_000);
  await eventually('all of it', async () =>
    (await keys.list(third.api_key)).every(({ status }) => status !== 'replaced'),
  );
  assert.deepEqual(
    (await keys.list(third.api_key)).map(({ status }) => status),
    ['active', 'expiring', 'expiring'],
  );
  assert.ok((await keys.isAccepted(apiKey)) && (await keys.isAccepted(second.api_key)));
});

test('a rotation while the config is being updated ends with the newest key in it', async () => {
  await using both = await startWithHeroku();
  const { keyRotation, herokuPlatform, pool } = both.server.container;
  const { uuid, accountId } = await both.install();
  // The rotation commits after the old key was read and sent, and before what was sent is noted.
  await using resource = await holdTransaction(pool);
  await resource.query('select from heroku_resources where id = $1 for update', [uuid]);
  const rotating = keyRotation.rotate(accountId, { graceSeconds: 60 });
  await someoneWaits(pool);
  const updating = herokuPlatform.updateConfig(uuid);
  await someoneWaits(pool, '', 2);
  await resource.commit();
  await updating;
  assert.equal(await configured(both, uuid), (await rotating).key);
});

test('without an authorization the old key goes on until the customer confirms or revokes', async () => {
  const clock = createJumpingClock();
  await using both = await startWithHeroku({ server: { clock } });
  const keys = keysOf(both.server);
  const { apiKey } = await both.provision(NO_GRANT);
  await both.server.container.pool.query(
    `insert into members (id, account_id, email, role) select gen_random_uuid(), id, 'ada@example.com', 'admin' from accounts`,
  );
  const made = await keys.rotate(apiKey, { grace_seconds: 60 });
  assert.equal(made.config_updated_at, null);
  assert.match(made.config_problem ?? '', /no authorization/);
  clock.jump(48);
  assert.ok(await keys.isAccepted(apiKey));
  assert.match((await mailsOf(both))[0] ?? '', /could not put the new key/);

  const old = (await keys.list(made.api_key))[1]!;
  assert.equal((await keys.call(made.api_key, `POST /${old.id}/confirm`)).status, 409);
  assert.equal((await keys.call(made.api_key, `POST /${made.id}/confirm`)).status, 200);
  assert.ok(await keys.isAccepted(apiKey));
  clock.jump(61 / 3600);
  assert.equal(await keys.isAccepted(apiKey), false);
});

test('a key keeps the shorter grace that it was given when the next rotation gives a longer one', async () => {
  const clock = createJumpingClock();
  await using both = await startWithHeroku({ server: { clock } });
  const keys = keysOf(both.server);
  const { apiKey } = await both.provision(NO_GRANT);
  const second = await keys.rotate(apiKey, { grace_seconds: 60 });
  const third = await keys.rotate(second.api_key, { grace_seconds: 3600 });
  assert.equal((await keys.call(third.api_key, `POST /${third.id}/confirm`)).status, 200);
  clock.jump(61 / 3600);
  assert.deepEqual([await keys.isAccepted(apiKey), await keys.isAccepted(second.api_key)], [false, true]);
});

test('a config that Heroku refuses to update leaves the old key, and says why', async () => {
  await using both = await startWithHeroku();
  const keys = keysOf(both.server);
  const { apiKey } = await both.install();
  both.heroku.fail(CONFIG, { status: 403 });
  const made = await keys.rotate(apiKey, { grace_seconds: 60 });
  await eventually('refused', async () => (await keys.list(made.api_key))[0]?.config_problem !== null);
  const [current, old] = await keys.list(made.api_key);
  assert.match(current!.config_problem!, /refused PATCH \/addons \(403\)/);
  assert.deepEqual([old?.status, old?.expires_at], ['replaced', null]);
});

test('any key but the current one can be revoked, by its own account only', async () => {
  await using both = await startWithHeroku();
  const keys = keysOf(both.server);
  const { apiKey } = await both.provision(NO_GRANT);
  const stranger = await both.provision(NO_GRANT);
  const [only] = await keys.list(apiKey);
  assert.equal((await keys.call(apiKey, `DELETE /${only!.id}`)).status, 409);
  const made = await keys.rotate(apiKey);
  assert.equal((await keys.call(stranger.apiKey, `DELETE /${only!.id}`)).status, 404);
  assert.equal((await keys.call(stranger.apiKey, `POST /${made.id}/confirm`)).status, 404);
  assert.equal((await keys.call(made.api_key, 'DELETE /no-such-key')).status, 404);
  assert.ok(await keys.isAccepted(apiKey));
  assert.equal((await keys.call(made.api_key, `DELETE /${only!.id}`)).status, 204);
  assert.equal(await keys.isAccepted(apiKey), false);
  assert.equal((await keys.call(made.api_key, `DELETE /${made.id}`)).status, 409);
});

test('a grace is whole seconds up to 30 days', async () => {
  await using both = await startWithHeroku();
  const keys = keysOf(both.server);
  const { apiKey } = await both.provision(NO_GRANT);
  for (const grace of [-1, 1.5, 30 * 86_400 + 1, '60', null]) {
    assert.equal(
      (await keys.call(apiKey, 'POST /rotate', { grace_seconds: grace })).status,
      422,
      String(grace),
    );
  }
  assert.equal((await keys.list(apiKey)).length, 1);
  assert.equal((await keys.call(apiKey, 'POST /rotate', { grace_seconds: 30 * 86_400 })).status, 201);
});

test('rotations at the same time make a key each, and one is current', async () => {
  await using both = await startWithHeroku();
  const keys = keysOf(both.server);
  const { apiKey } = await both.provision(NO_GRANT);
  const made = await Promise.all([1, 2, 3, 4].map(() => keys.rotate(apiKey)));
  assert.equal(new Set(made.map(({ api_key: key }) => key)).size, 4);
  const statuses = (await keys.list(apiKey)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 'active').length, 1);
});

test('scripts rotate thirty times an hour, and an admin who sees which key is current as often as needed', async () => {
  const clock = createJumpingClock();
  await using both = await startWithHeroku({ server: { clock }, heroku: { clock } });
  const keys = keysOf(both.server);
  const { accountId, apiKey } = await both.provision(NO_GRANT);
  for (let made = 0; made < FIXED_LIMITS.rotationsAnHour.max; made += 1)
    await keys.rotate(apiKey, { grace_seconds: 86_400 });
  assert.equal((await keys.call(apiKey, 'POST /rotate', {})).status, 429);
  const { keyRotation } = both.server.container;
  const { generation } = await keyRotation.list(accountId);
  assert.equal(
    (await keyRotation.rotate(accountId, { graceSeconds: 86_400, replaces: generation })).generation,
    generation + 1,
  );
  assert.equal((await keys.call(apiKey, 'POST /rotate', {})).status, 429);
  clock.jump(1.1);
  assert.equal((await keys.call(apiKey, 'POST /rotate', {})).status, 201);
});

test('rotations of one account that wait for each other leave connections to others', async () => {
  await using both = await startWithHeroku();
  const { uuid, accountId } = await both.provision(NO_GRANT);
  const { apiKey: keyOfOther } = await both.provision(NO_GRANT);
  const { keyRotation, pool } = both.server.container;
  await using holder = await holdTransaction(pool);
  await holder.query('select from heroku_resources where id = $1 for update', [uuid]);
  // More than the pool has connections; each asks for one before the other account does.
  const rotations = Array.from({ length: 20 }, () => keyRotation.rotate(accountId, { graceSeconds: 60 }));
  await someoneWaits(holder);
  await endsMeanwhile('the other account is answered', keysOf(both.server).list(keyOfOther));
  assert.equal(await countLockWaits(holder), 1, 'one rotation waits for the row, the others for the mutex');
  await holder.commit();
  assert.equal(new Set((await Promise.all(rotations)).map(({ key }) => key)).size, 20);
});
