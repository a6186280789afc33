import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiOf, makeApp } from '#test/support/api.ts';
import { lasting } from '#test/support/chaos.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { exportOf, sendImport } from '#test/support/exported-account.ts';
import { type CommitPoint, startPostgresProxy } from '#test/support/postgres-proxy.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

const env = {
  DATABASE_POOL_MAX: '20',
  DELIVERY_TIMEOUT_MS: '1000',
  DELIVERY_LEASE_SECONDS: '2',
  DELIVERY_RETRY_DELAYS: '0.2,0.2,0.2,0.2',
};
const ROUNDS = lasting({ short: 1, long: 5 });
/** The queue gives the job of a dead process back within a minute or two. */
const GIVEN_BACK_MS = lasting({ short: 20_000, long: 240_000 });

interface Owner {
  /** Of a process that is to be killed. */
  api: Api;
  appId: string;
  resourceId: string;
  /** The export of another account, with a subscriber. */
  file: string;
}

/** How a subscriber is made, by the process at the server's URL. */
type Way = (server: TestServer, owner: Owner) => Promise<unknown>;

const WAYS: Record<string, Way> = {
  api: (_, { api, appId }) => api.post(`/apps/${appId}/subscriptions`, { name: 'By API' }),
  page: async (server, { appId, resourceId }) => {
    const browser = new CookieBrowser(server);
    await browser.signOn(resourceId);
    return browser.post(`/apps/${appId}/subscriptions`, { name: 'By page' });
  },
  upsert: (_, { api, appId }) =>
    api.put(`/apps/${appId}/endpoints/new`, {
      ...{ url: 'http://127.0.0.1:9/', version: '1.0' },
      subscription: { uid: 'new' },
    }),
  import: (_, { api, file }) => sendImport(api, file),
};

test('a subscriber that is made, by whichever way, is told once through kill -9 of web and worker', async (t) => {
  await using setup = await startTestServer({ runs: 'web', env });
  await using proxy = await startPostgresProxy(setup.databaseUrl);
  let isHanging = false;
  await using receiver = await startReceiver(({ response }) => {
    if (!isHanging) response.writeHead(200).end();
  });
  const { pool } = setup.container;
  const other = apiOf(setup, await setup.createAccount());
  await makeApp(other);
  const file = await exportOf(setup, other);

  /** An account that hears of itself, and how `web` makes a subscriber of it. */
  async function account(web: { url: string }, way: Way) {
    const made = await setup.createAccount();
    const { app, subscription } = await makeApp(apiOf(setup, made));
    const { status } = await apiOf(setup, made).post('/account/webhook_endpoints', { url: receiver.url });
    assert.equal(status, 201);
    const at = { ...setup, url: web.url };
    const owner = { api: apiOf(at, made), appId: app.id, resourceId: made.resourceId, file };
    return { accountId: made.accountId, known: subscription.id, make: () => way(at, owner) };
  }

  /** All ways at once in one process, killed when each is just before or after its COMMIT. */
  async function makeAndKill(when: CommitPoint['when']): Promise<string[]> {
    await using web = await startServerProcess({ databaseUrl: proxy.url, entry: 'web', env });
    const accounts = await Promise.all(Object.values(WAYS).map((way) => account(web, way)));
    const stopped = accounts.map(() => proxy.stopAt({ of: 'subscribe', when }));
    const making = accounts.map(({ make }) => make().catch(() => undefined));
    await Promise.all(stopped);
    web.program.kill('SIGKILL');
    await web.program.ended;
    await Promise.all(making);
    const { rows: made } = await pool.query<{ id: string }>(
      'select id from subscriptions where account_id = any($1) and id <> all($2)',
      [accounts.map(({ accountId }) => accountId), accounts.map(({ known }) => known)],
    );
    assert.equal(made.length, when === 'after' ? accounts.length : 0);
    return made.map(({ id }) => id);
  }

  const expected: string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const when of lasting<CommitPoint['when'][]>({ short: ['after'], long: ['before', 'after'] })) {
      expected.push(...(await makeAndKill(when)));
    }
    {
      // The announcement is posted, and its job does not hear of it.
      await using worker = await startServerProcess({ databaseUrl: proxy.url, entry: 'worker', env });
      await proxy.stopAt({ of: 'intake', when: 'after' });
      worker.program.kill('SIGKILL');
      await worker.program.ended;
    }
    // As the queue does it when the time of a job is over.
    if (lasting({ short: true, long: false }))
      await pool.query(
        `update pgboss.job set state = 'retry' where name = 'own-webhooks' and state = 'active'`,
      );
    else {
      const before = receiver.requests.length;
      isHanging = true;
      await using worker = await startServerProcess({ databaseUrl: setup.databaseUrl, entry: 'worker', env });
      await receiver.firstRequests(before + 1, GIVEN_BACK_MS);
      worker.program.kill('SIGKILL');
      await worker.program.ended;
      isHanging = false;
    }
  }

  await using _last = await startTestServer({ runs: 'worker', databaseUrl: setup.databaseUrl, env });
  await eventually(
    'all jobs done',
    async () => {
      const { rows } = await pool.query(
        `select from pgboss.job where name = 'own-webhooks' and state <> 'completed'
         union all select from pgboss.job where name in ('deliver', 'retry') and state < 'completed'`,
      );
      return rows.length === 0;
    },
    GIVEN_BACK_MS,
  );
  const told = receiver.requests.map(({ headers, body }) => ({
    subscriber: (JSON.parse(body.toString()) as { data: { subscriber: { id: string } } }).data.subscriber.id,
    webhookId: headers['webhook-id'],
  }));
  t.diagnostic(`${String(expected.length)} made, told by ${String(told.length)} requests`);
  const events = [...new Set(told.map(({ subscriber, webhookId }) => `${subscriber} ${String(webhookId)}`))];
  assert.deepEqual(events.map((event) => event.split(' ')[0]).sort(), expected.sort());
});
