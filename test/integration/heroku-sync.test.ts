import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { personOf } from '#src/dev/fake-heroku/people.ts';
import { eventually } from '#test/support/eventually.ts';
import { countOf, type HerokuAndServer, startWithHeroku } from '#test/support/heroku.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { postSignOn, signOnForm } from '#test/support/partner-calls.ts';
import { startTestServer } from '#test/support/server.ts';

const APP = 'sharp-mountain-4005';

interface Known {
  name: string;
  app_name: string;
  app_id: string | null;
  config_var: string | null;
  owner_email: string | null;
  account: string;
}

async function known({ server }: HerokuAndServer, uuid: string): Promise<Known> {
  const { rows } = await server.container.pool.query<Known>(
    `select r.name, r.app_name, r.app_id, r.config_var, r.owner_email, a.name as account
     from heroku_resources r join accounts a on a.id = r.account_id where r.id = $1`,
    [uuid],
  );
  return rows[0]!;
}

async function membersOf({ server }: HerokuAndServer, accountId: string): Promise<string[]> {
  const { rows } = await server.container.pool.query<{ email: string }>(
    'select email from members where account_id = $1 order by email',
    [accountId],
  );
  return rows.map(({ email }) => email);
}

/** Somebody with access at Heroku signs on. */
async function signOn({ heroku, server }: HerokuAndServer, uuid: string, email: string): Promise<Response> {
  const { people } = await heroku.platform.read();
  const person = people.find((candidate) => candidate.email === email);
  return postSignOn(server, signOnForm(server, uuid, { email, userId: person!.id }));
}

/** The resource is read at Heroku once more, from beginning to end. */
async function syncNow({ server }: HerokuAndServer, uuid: string): Promise<void> {
  await server.container.herokuPlatform.syncResource(uuid);
}

test('after the exchange names, owner and webhooks are known', async () => {
  await using both = await startWithHeroku();
  const { uuid } = await both.install();
  const found = await known(both, uuid);
  assert.equal(found.app_name, APP);
  assert.equal(found.account, APP);
  assert.equal(found.owner_email, 'demo@example.com');
  assert.equal(found.config_var, 'HOSTEDHOOKS_API_KEY');
  assert.equal(countOf(both.heroku, 'POST', `/addons/${uuid}/webhooks`), 1);
  const { webhooks } = await both.heroku.platform.read();
  assert.deepEqual(
    webhooks.map(({ level, url }) => [level, url]),
    [['sync', `${both.server.url}/heroku/webhooks/${uuid}`]],
  );
  await syncNow(both, uuid);
  assert.equal(countOf(both.heroku, 'POST', `/addons/${uuid}/webhooks`), 1);
});

test('a run that died after Heroku had taken the subscription finds it again', async () => {
  await using both = await startWithHeroku();
  both.heroku.fail('POST /addons/:id/webhooks', { reset: true, afterwards: true });
  const { uuid } = await both.install();
  assert.equal(countOf(both.heroku, 'POST', `/addons/${uuid}/webhooks`), 1);
  assert.equal((await both.heroku.platform.read()).webhooks.length, 1);
  await both.heroku.platform.renameApp(APP, 'calm-river-1');
  await eventually(
    'an event was verified',
    async () => (await known(both, uuid)).app_name === 'calm-river-1',
  );
});

test('when our address changes the subscription to the old one is taken back; another’s is left alone', async () => {
  await using both = await startWithHeroku();
  const { uuid } = await both.install();
  const another = { id: randomUUID(), url: 'https://another.example/hooks' };
  await both.heroku.platform.change(({ world }) => {
    world.webhooks.push({ ...world.webhooks[0]!, ...another });
  });
  const { databaseUrl } = both.server;
  await using moved = await startTestServer({ runs: 'web', databaseUrl, env: both.heroku.env });
  await syncNow({ ...both, server: moved }, uuid);
  const urls = (await both.heroku.platform.read()).webhooks.map(({ url }) => url);
  assert.deepEqual(urls, [another.url, `${moved.url}/heroku/webhooks/${uuid}`]);
});

test('a renamed app shows its name, and the account that had its name follows; one named otherwise does not', async () => {
  await using both = await startWithHeroku();
  const follows = await both.install();
  const stays = await both.install();
  await both.server.container.pool.query(`update accounts set name = 'Ours' where id = $1`, [
    stays.accountId,
  ]);
  await both.heroku.platform.renameApp(APP, 'calm-river-2');
  await eventually('renamed', async () => (await known(both, stays.uuid)).app_name === 'calm-river-2');
  await eventually('renamed', async () => (await known(both, follows.uuid)).account === 'calm-river-2');
  assert.equal((await known(both, stays.uuid)).account, 'Ours');
});

test('a renamed resource shows its name', async () => {
  await using both = await startWithHeroku();
  const { uuid } = await both.install();
  await both.heroku.platform.renameAddOn(uuid, 'hooks-of-acme');
  await eventually('renamed', async () => (await known(both, uuid)).name === 'hooks-of-acme');
});

test('of a team’s app an admin is the owner to write to, never the synthetic address', async () => {
  await using both = await startWithHeroku();
  const { uuid } = await both.install();
  await both.heroku.platform.transferApp(APP, 'acme-team');
  await eventually('transferred', async () => (await both.heroku.platform.read()).apps[0]?.teamId !== null);
  await syncNow(both, uuid);
  assert.equal((await known(both, uuid)).owner_email, 'demo@example.com');
});

test('who lost access loses the dashboard; lists are read to their last page', async () => {
  await using both = await startWithHeroku({ heroku: { pageSize: 2 } });
  const { platform } = both.heroku;
  const { uuid, accountId } = await both.install();
  const emails = ['a@example.com', 'b@example.com', 'c@example.com', 'd@example.com'];
  for (const email of emails) await platform.addCollaborator(APP, email);
  for (const email of emails) assert.equal((await signOn(both, uuid, email)).status, 302);
  await syncNow(both, uuid);
  assert.deepEqual(await membersOf(both, accountId), emails);

  // Without an event, which might have removed them by itself.
  await platform.change(({ world }) => {
    const gone = world.people.find(({ email }) => email === 'b@example.com')!.id;
    const [app] = world.apps;
    app!.collaborators = app!.collaborators.filter(({ personId }) => personId !== gone);
  });
  await syncNow(both, uuid);
  assert.deepEqual(await membersOf(both, accountId), ['a@example.com', 'c@example.com', 'd@example.com']);
});

test('nobody is removed when a list was refused, failed, or lacks a page; nor when it has nobody', async () => {
  await using both = await startWithHeroku({ heroku: { pageSize: 1 } });
  const { uuid, accountId } = await both.install();
  // Without an event: the sync that follows one could take the fault, or remove people by itself.
  await both.heroku.platform.change(({ world }) => {
    const { id: personId } = personOf(world, 'b@example.com');
    world.apps[0]!.collaborators.push({ id: randomUUID(), personId });
  });
  await signOn(both, uuid, 'b@example.com');
  const stranger = signOnForm(both.server, uuid, { email: 'gone@example.com' });
  await postSignOn(both.server, stranger);
  const everyone = ['b@example.com', 'gone@example.com'];
  const list = 'GET /apps/:id/collaborators';

  for (const fault of [
    { status: 403 },
    { status: 404 },
    { status: 503 },
    { garbage: true },
    { status: 200, body: [] },
  ]) {
    both.heroku.heal();
    both.heroku.fail(list, { ...fault, times: 1 });
    await syncNow(both, uuid).catch(() => undefined);
    assert.deepEqual(await membersOf(both, accountId), everyone, JSON.stringify(fault));
  }
  both.heroku.heal();
  await syncNow(both, uuid);
  assert.deepEqual(await membersOf(both, accountId), ['b@example.com']);
});

test('people of every app that the resource is attached to stay', async () => {
  await using both = await startWithHeroku();
  const { uuid, accountId } = await both.install();
  await both.heroku.platform.attach(uuid, { app: 'other-app-1' });
  await both.heroku.platform.addCollaborator('other-app-1', 'other@example.com');
  await signOn(both, uuid, 'other@example.com');
  await syncNow(both, uuid);
  assert.deepEqual(await membersOf(both, accountId), ['other@example.com']);
  await both.heroku.platform.removeCollaborator('other-app-1', 'other@example.com');
  await eventually('removed', async () => (await membersOf(both, accountId)).length === 0);
});

test('who signs on while the list is read stays', async () => {
  await using both = await startWithHeroku();
  const { uuid, accountId } = await both.install();
  const { pool } = both.server.container;
  await pool.query(
    `insert into members (id, account_id, heroku_user_id, email, role, last_signed_in_at)
     values (gen_random_uuid(), $1, 'new', 'new@example.com', 'member', $2)`,
    [accountId, new Date(Date.now() + 60_000)],
  );
  await syncNow(both, uuid);
  assert.deepEqual(await membersOf(both, accountId), ['new@example.com']);
});

test('a sign-on reads names again when the last sync is a day old, and not before', async () => {
  const clock = createJumpingClock();
  await using both = await startWithHeroku({ server: { clock }, heroku: { clock } });
  const { uuid } = await both.install();
  const syncs = () => countOf(both.heroku, 'GET', `/addons/${uuid}`);
  await signOn(both, uuid, 'demo@example.com');
  assert.equal(syncs(), 1);
  clock.jump(25);
  await Promise.all([signOn(both, uuid, 'demo@example.com'), signOn(both, uuid, 'demo@example.com')]);
  await eventually('synced', () => syncs() === 2);
});

test('while Heroku is away one sync is queued, however many events come; an event during a sync queues another', async () => {
  await using both = await startWithHeroku();
  const { uuid } = await both.install();
  const { herokuPlatform, pool } = both.server.container;
  const read = 'GET /addons/:id';
  const syncs = () => countOf(both.heroku, 'GET', `/addons/${uuid}`);
  const waiting = async () => {
    const { rows } = await pool.query<{ id: string; state: string }>(
      `select id, state from pgboss.job
       where name = 'heroku-sync' and state < 'active' and data ->> 'resourceId' = $1`,
      [uuid],
    );
    return rows;
  };
  const tellIt = () => herokuPlatform.handleEvent(uuid, { resource: 'app', action: 'update' });

  both.heroku.fail(read, { status: 503, times: 1000 });
  const seen = syncs();
  await tellIt();
  // As it is after some tries.
  const tryIn = (seconds: number) =>
    pool.query(
      `update pgboss.job set start_after = now() + $1 * interval '1 s' where name = 'heroku-sync' and state = 'retry'`,
      [seconds],
    );
  await eventually('it waits to be tried again', async () => {
    await tryIn(600);
    return (await waiting())[0]?.state === 'retry';
  });
  const tried = await waiting();
  for (let count = 0; count < 5; count += 1) await tellIt();
  assert.deepEqual(await waiting(), tried);

  // The event comes during a sync, which fails; the sync that the event queued takes its place.
  both.heroku.heal();
  const told = Promise.withResolvers<undefined>();
  both.heroku.fail(read, { status: 503, after: told.promise });
  const before = syncs();
  await tryIn(0);
  await eventually('it syncs', () => syncs() === before + 1);
  await tellIt();
  await tellIt();
  assert.deepEqual(
    (await waiting()).map(({ state }) => state),
    ['created'],
  );
  told.resolve(undefined);
  await eventually('one more sync, which succeeds', () => syncs() === before + 2);
  assert.deepEqual(await waiting(), []);
  assert.ok(before > seen);
});
