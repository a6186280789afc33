import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { dashboardRouter } from '#src/surfaces/dashboard/router.ts';
import { fillWorld } from '#src/dev/bench/fill-world.ts';
import { routesOf } from '#test/support/page-routes.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const MAX_BYTES = 100_000;
/** More than a page of each, and as many events as a large provider has. */
const SIZE = { subscribers: 150, events: 120, messages: 30, days: 2, failing: 60 };

/** Answers that do not end, and files. */
const NO_PAGES = /\/(stream|arrivals|live|payload|file|body|export|log_tail)$/;

describe('pages of an account with much in it', () => {
  let server: TestServer;
  let visitor: Visitor;
  let appId: string;
  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
    appId = await fillWorld(server.container, visitor.accountId, SIZE);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const idOf = async (table: string, condition = '') => {
    const { rows } = await server.container.pool.query<{ id: string }>(
      `select id from ${table} where account_id = $1 ${condition} order by id desc limit 1`,
      [visitor.accountId],
    );
    return rows[0]?.id ?? assert.fail(table);
  };

  it('weigh less than 100 KB each', async () => {
    const ids: Record<string, string> = {
      app: appId,
      event: await idOf('webhook_events'),
      webhook_event: await idOf('webhook_events'),
      subscription: await idOf('subscriptions'),
      endpoint: await idOf('endpoints', `and status = 'inactive'`),
      message: await idOf('messages'),
      attempt: await idOf('attempts', 'and not succeeded'),
      issue: await idOf('issues'),
    };
    const isThere = (name: string) => name in ids;
    const paths = routesOf(dashboardRouter(server.container))
      .filter(({ method, right, path }) => method === 'get' && right !== undefined && !NO_PAGES.test(path))
      .map(({ path }) => path)
      .filter((path) => path.startsWith('/apps/') || !path.includes(':'))
      .filter((path) => [...path.matchAll(/:(\w+)/g)].every(([, name = '']) => isThere(name)));
    assert.ok(paths.length > 30, String(paths.length));
    const heavy: [string, number][] = [];
    for (const path of [...paths, '/dashboard?range=30d', '/find?q=customer']) {
      const { status, text } = await visitor.get(
        path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? ''),
      );
      assert.ok(status < 400, `${path}: ${String(status)}`);
      if (Buffer.byteLength(text) > MAX_BYTES) heavy.push([path, Buffer.byteLength(text)]);
    }
    assert.deepEqual(heavy, []);
  });

  it('leave nothing out without saying so', async () => {
    const lists: [path: string, says: RegExp][] = [
      ['subscriptions', /\b150\b/],
      ['endpoints', /\b150\b/],
      ['webhook_events', /\b120\b/],
      ['issues', /\b60\b/],
      ['messages', /Older|\b30\b/],
      ['deliveries', /Older/],
      ['webhook_attempts', /Older/],
    ];
    for (const [path, says] of lists) {
      const { status, text } = await visitor.get(`/apps/${appId}/${path}`);
      assert.equal(status, 200, path);
      assert.match(text, says, path);
    }
    const home = (await visitor.get('/dashboard?range=7d')).text;
    assert.match(home, /30 endpoints are off/);
    assert.match(home, /at 60 endpoints, 30 of them off:[^<]*and 57 more/);
    assert.match(home, /[\d,]+ of 4,500 deliveries, delivered or under way/);
    assert.match(home, /\b0 of 30 messages fully delivered/);
  });
});
