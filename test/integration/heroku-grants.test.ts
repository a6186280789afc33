import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { countOf, type HerokuAndServer, startWithHeroku } from '#test/support/heroku.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { callPartner, provisionBody } from '#test/support/partner-calls.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';

const EXCHANGE = 'POST /oauth/token';
const exchanges = ({ heroku }: HerokuAndServer) => countOf(heroku, 'POST', '/oauth/token');

/** Waits until the exchange of a resource has ended, and answers how. */
async function ended(both: HerokuAndServer, uuid: string) {
  await eventually('the exchange ended', async () => {
    const found = await both.authorization(uuid);
    return found !== null && found.state !== 'pending';
  });
  return both.authorization(uuid);
}

test('a grant is exchanged for tokens, which are sealed, and its code is erased', async () => {
  await using both = await startWithHeroku();
  const { uuid, apiKey } = await both.provision();
  assert.deepEqual(await ended(both, uuid), {
    state: 'authorized',
    problem: null,
    hasGrant: false,
    version: 1,
  });

  const [request] = both.heroku.requests.filter(({ path }) => path === '/oauth/token');
  assert.deepEqual(Object.keys(request!.body as object).sort(), ['client_secret', 'code', 'grant_type']);
  const { authorizations } = await both.heroku.platform.read();
  const dump = await rowsAsText(both);
  for (const { accessToken, refreshToken } of authorizations) {
    assert.ok(!dump.includes(accessToken) && !dump.includes(refreshToken));
  }
  assert.ok(!dump.includes((request!.body as { code: string }).code));
  assert.ok(!dump.includes(apiKey));
});

test('a repeated provision neither exchanges again nor loses what works', async () => {
  await using both = await startWithHeroku();
  const uuid = randomUUID();
  const body = provisionBody({ uuid, oauth_grant: await both.heroku.platform.createGrant(uuid) });
  await Promise.all([1, 2, 3].map(() => callPartner(both.server, 'POST ', { body })));
  const first = await ended(both, uuid);
  const another = { ...body, oauth_grant: await both.heroku.platform.createGrant(uuid) };
  await callPartner(both.server, 'POST ', { body });
  await callPartner(both.server, 'POST ', { body: another });
  assert.equal(await jobsOf(both, uuid), 0);
  assert.deepEqual(await both.authorization(uuid), first);
  assert.equal(exchanges(both), 1);
});

test('tokens that come during a repeated provision are kept', async () => {
  await using both = await startWithHeroku();
  const { pool } = both.server.container;
  both.heroku.fail(EXCHANGE, { status: 503 });
  const { uuid } = await both.provision();
  await eventually('tried', async () => (await both.authorization(uuid))?.problem !== null);
  // As a provision does: first the resource, then its authorization.
  await using repeated = await holdTransaction(pool);
  await repeated.query('select from heroku_resources where id = $1 for update', [uuid]);
  await someoneWaits(pool);
  await repeated.query('select from heroku_authorizations where resource_id = $1 for update', [uuid]);
  await repeated.commit();
  assert.equal((await ended(both, uuid))?.state, 'authorized');
  assert.equal(exchanges(both), 2);
});

test('a new code takes the place of one that failed, the same code does not', async () => {
  await using both = await startWithHeroku();
  const uuid = randomUUID();
  const used = { ...(await both.heroku.platform.createGrant(uuid)), code: randomUUID() };
  const body = provisionBody({ uuid, oauth_grant: used });
  const answer = await callPartner(both.server, 'POST ', { body });
  const failed = await ended(both, uuid);
  assert.equal(failed?.state, 'failed');
  assert.match(failed.problem ?? '', /refused it \(400\).*wrong, was used, or has expired/);

  const again = await callPartner(both.server, 'POST ', { body });
  assert.deepEqual(again.body, answer.body);
  assert.deepEqual(await both.authorization(uuid), failed);
  const fresh = { ...body, oauth_grant: await both.heroku.platform.createGrant(uuid) };
  await callPartner(both.server, 'POST ', { body: fresh });
  assert.equal((await ended(both, uuid))?.state, 'authorized');
});

test('an exchange is tried again while Heroku has trouble, or talks without end', async () => {
  await using both = await startWithHeroku();
  const { heroku } = both;
  heroku.fail(EXCHANGE, { status: 429, headers: { 'retry-after': '1' } });
  heroku.fail(EXCHANGE, { flood: 10 * 1024 * 1024 });
  const { uuid } = await both.provision();
  await eventually(
    'authorized',
    async () => (await both.authorization(uuid))?.state === 'authorized',
    90_000,
  );
  assert.equal(exchanges(both), 3);
});

test('a grant that cannot be exchanged in its five minutes has failed, and says why', async () => {
  const clock = createJumpingClock();
  await using both = await startWithHeroku({ server: { clock } });
  both.heroku.fail(EXCHANGE, { status: 503, times: 100 });
  const { uuid, apiKey } = await both.provision();
  await eventually('tried', async () => (await both.authorization(uuid))?.problem !== null);
  clock.jump(5 / 60);
  const failed = await ended(both, uuid);
  assert.equal(failed?.state, 'failed');
  assert.match(failed.problem ?? '', /expired before Heroku took it.*Heroku answered 503/);
  assert.equal(failed.hasGrant, false);
  assert.ok(await both.server.container.apiKeys.authenticate(apiKey));
});

test('a code that was used up by an answer that did not reach us has failed, and says so', async () => {
  await using both = await startWithHeroku();
  both.heroku.fail(EXCHANGE, { reset: true, afterwards: true });
  const { uuid } = await both.provision();
  const failed = await ended(both, uuid);
  assert.equal(failed?.state, 'failed');
  assert.match(failed.problem ?? '', /answer did not reach us.*used up the code/);
});

test('while the id server hangs no database connection is held', async () => {
  await using both = await startWithHeroku();
  both.heroku.fail(EXCHANGE, { hang: true, times: 4 });
  for (let count = 0; count < 4; count += 1) await both.provision();
  await eventually('four exchanges under way', () => exchanges(both) === 4);
  const { pool } = both.server.container;
  await eventually('no transaction is open', async () => {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'`,
    );
    // The same four hang, so nothing was given back by an end of one.
    return rows[0]!.count === 0 && exchanges(both) === 4;
  });
  await eventually('no connection is in use', () => pool.idleCount === pool.totalCount);
});

const unusable: [what: string, grant: unknown, state: string | undefined, problem: RegExp][] = [
  ['null', null, undefined, /^$/],
  ['none at all', undefined, undefined, /^$/],
  [
    'one that has expired',
    { code: randomUUID(), expires_at: '2016-03-03T18:01:31-0800', type: 'authorization_code' },
    'failed',
    /had expired/,
  ],
  ['a text', 'code', 'failed', /could not be read/],
  ['one without a code', { expires_at: '2016-03-03T18:01:31-0800' }, 'failed', /could not be read/],
  ['one with a code that is no text', { code: { $gt: '' } }, 'failed', /could not be read/],
  ['one of another type', { code: randomUUID(), type: 'password' }, 'failed', /could not be read/],
];

test('a provision succeeds whatever its grant is', async (context) => {
  await using both = await startWithHeroku();
  for (const [what, grant, state, problem] of unusable) {
    await context.test(what, async () => {
      const { uuid, apiKey } = await both.provision({ oauth_grant: grant });
      const found = state === undefined ? null : await ended(both, uuid);
      assert.equal((found ?? (await both.authorization(uuid)))?.state, state);
      assert.match(found?.problem ?? '', problem);
      assert.ok(await both.server.container.apiKeys.authenticate(apiKey));
    });
  }
  assert.equal(exchanges(both), 0);
});

test('without a client secret the state says so, and the resource is usable', async () => {
  await using both = await startWithHeroku({ server: { env: { HEROKU_CLIENT_SECRET: '' } } });
  const { uuid, apiKey } = await both.provision();
  const found = await both.authorization(uuid);
  assert.deepEqual([found?.state, found?.hasGrant], ['unconfigured', false]);
  assert.match(found?.problem ?? '', /client secret/);
  assert.equal(await jobsOf(both, uuid), 0);
  assert.ok(await both.server.container.apiKeys.authenticate(apiKey));
});

test('a wrong client secret is our trouble: the grant waits for a right one', async () => {
  await using both = await startWithHeroku({ server: { env: { HEROKU_CLIENT_SECRET: 'wrong' } } });
  const { uuid } = await both.provision();
  await eventually('tried', async () => (await both.authorization(uuid))?.problem !== null);
  const found = await both.authorization(uuid);
  assert.equal(found?.state, 'pending');
  assert.match(found.problem ?? '', /client secret of HostedHooks/);
});

test('a removed resource keeps no tokens, and an exchange under way brings none back', async () => {
  await using both = await startWithHeroku();
  const { uuid } = await both.install();
  await callPartner(both.server, `DELETE /${uuid}`);
  assert.equal(await both.authorization(uuid), null);

  both.heroku.fail(EXCHANGE, { hang: true });
  const late = await both.provision();
  await eventually('asked', () => exchanges(both) === 2);
  await callPartner(both.server, `DELETE /${late.uuid}`);
  assert.equal(await both.authorization(late.uuid), null);
  const { rowCount } = await both.server.container.pool.query('select from heroku_webhooks');
  assert.equal(rowCount, 0);
});

test('the callback address of a provision is asked for nothing', async () => {
  await using both = await startWithHeroku();
  const target = await startWithHeroku();
  const { uuid } = await both.provision({ callback_url: `${target.heroku.url}/addons/steal` });
  assert.equal((await ended(both, uuid))?.state, 'authorized');
  await eventually('synced', () => countOf(both.heroku, 'GET', `/addons/${uuid}`) > 0);
  assert.equal(target.heroku.requests.length, 0);
  await target[Symbol.asyncDispose]();
});

async function jobsOf({ server }: HerokuAndServer, uuid: string): Promise<number> {
  const { rows } = await server.container.pool.query<{ count: number }>(
    `select count(*)::int as count from pgboss.job
     where name = 'heroku-authorization' and data->>'resourceId' = $1 and state < 'completed'`,
    [uuid],
  );
  return rows[0]!.count;
}

/** All that we keep of Heroku's, jobs and what they threw included. */
async function rowsAsText({ server }: HerokuAndServer): Promise<string> {
  const tables = ['heroku_authorizations', 'heroku_resources', 'heroku_webhooks', 'api_keys', 'pgboss.job'];
  const texts: string[] = [];
  for (const table of tables) {
    const { rows } = await server.container.pool.query<{ text: string }>(
      `select row_to_json(t)::text || coalesce(${table === 'heroku_authorizations' ? `encode(access_token_encrypted, 'escape')` : `''`}, '') as text from ${table} t`,
    );
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}
