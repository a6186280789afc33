import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findPlan } from '#src/domain/plans/plans.ts';
import { relativeTime } from '#src/infra/lib/relative-time.ts';
import type { TestServer } from '#test/support/server.ts';
import { resultOf } from '#src/surfaces/html/badges.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor, type Visitor, visitorOf } from '#test/support/pages.ts';

const MINUTE_MS = 60_000;

describe('words of pages', () => {
  let server: TestServer;

  before(async () => {
    server = await sharedServer('web');
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('name the commands that work in development', async () => {
    const visitor = await signedInVisitor(server);
    const signIn = await visitorOf(server.url).get('/sign_in');
    assert.match(signIn.text, /npm run heroku -- addons:open/);
    assert.match(signIn.text, /link that <code class="nowrap">npm start<\/code> printed/);
    await setUp(visitor);
    for (const path of ['/getting_started', '/settings/account']) {
      assert.match((await visitor.get(path)).text, /npm run heroku -- config:get HOSTEDHOOKS_API_KEY/, path);
    }
  });

  it('name the add-on’s own config var and app, because there may be several add-ons', async () => {
    const visitor = await signedInVisitor(server);
    await server.container.pool.query(
      `update heroku_resources set app_name = 'shop', config_var = 'HOSTEDHOOKS_JADE_API_KEY' where account_id = $1`,
      [visitor.accountId],
    );
    await setUp(visitor);
    const { text } = await visitor.get('/getting_started');
    assert.match(text, /npm run --silent heroku -- config:get HOSTEDHOOKS_JADE_API_KEY --app shop\)/);
    const settings = await visitor.get('/settings/account');
    assert.match(settings.text, /npm run heroku -- config:get HOSTEDHOOKS_JADE_API_KEY --app shop/);
    const { herokuCommands } = await import('#src/surfaces/dashboard/heroku-commands.ts');
    const addon = { name: 'hosted-hooks-flat-1', appName: 'shop', configVar: null };
    const commands = herokuCommands(server.container.config, addon);
    const upgrade = commands.upgrade(findPlan('hobby') ?? assert.fail());
    assert.match(upgrade ?? '', /addons:upgrade hosted-hooks-flat-1 hosted-hooks:\w+ --app shop$/);
  });

  it('name Heroku’s own commands in production', async () => {
    const { config } = server.container;
    const { herokuCommands } = await import('#src/surfaces/dashboard/heroku-commands.ts');
    const commands = Object.values(herokuCommands({ ...config, isProduction: true })).join('\n');
    assert.match(commands, /^heroku addons:open hosted-hooks$/m);
    assert.doesNotMatch(commands, /npm/);
  });

  it('say on the page of the usage what counts, as the documentation does', async () => {
    const visitor = await signedInVisitor(server);
    const counts =
      /replays of what was missed, count nothing; a test, and sending again what was delivered, counts as a message/;
    for (const path of ['/docs', '/settings/usage']) {
      assert.match((await visitor.get(path)).text.replaceAll(/\s+/g, ' '), counts, path);
    }
  });

  it('say of a look-up that failed nothing that only some of its causes are', () => {
    // It stands above sentences that the name has no address, and that its name servers did not answer.
    assert.equal(resultOf({ outcome: 'dns', statusCode: null }), 'DNS failed');
  });

  it('tell rows apart that are hours old', () => {
    const at = (minutes: number) => relativeTime(new Date(0), minutes * MINUTE_MS);
    assert.deepEqual([59, 60, 72, 119, 1439, 1440].map(at), [
      '59 min ago',
      '1 h ago',
      '1 h 12 min ago',
      '1 h 59 min ago',
      '23 h 59 min ago',
      '1 d ago',
    ]);
    assert.equal(relativeTime(new Date(61 * MINUTE_MS), 0), 'in 1 h 1 min');
  });
});

/** Makes what the page of the first steps asks for: only then it has something to send, and says how. */
async function setUp(visitor: Visitor): Promise<void> {
  const event = { event_type: 'user.created', sample_payload: '{}' };
  const fields = { app_name: 'Acme', ...event, subscriber: 'Globex', url: '' };
  assert.equal((await visitor.post('/getting_started', fields)).status, 303);
}
