import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { actOnEndpoints } from '#src/domain/replays/bulk-actions.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';

describe('what a bulk action tells', () => {
  let server: TestServer;
  let visitor: Visitor;

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('is that an endpoint was turned on, also where its replay was refused', async () => {
    const { app, ids } = await offEndpoints(2);
    const [busy = ''] = ids;
    const { message } = await server.container.acceptor.accept(messageTo(app));
    await server.container.pool.query(
      `insert into replays (id, account_id, app_id, endpoint_id, from_message_id, to_message_id, states, total, status)
       values ($1, $2, $3, $4, $5, $5, '{held}', 1, 'running')`,
      [uuidv7(Date.now()), app.accountId, app.id, busy, message.id],
    );
    const turnOn = async (some: string[]) => {
      const fields = [['action', 'turn_on_and_replay'], ...some.map((id) => ['endpoints', id])];
      const { text } = await visitor.post(`/apps/${app.id}/endpoints/bulk`, fields as [string, string][]);
      return text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    };
    const alone = await turnOn([busy]);
    assert.match(alone, /1 of 1 endpoint turned on\. Not done \(1\)/);
    assert.match(alone, /Turned on, but not replayed\. [^.]*replay[^.]*\./);
    const again = await turnOn(ids);
    assert.match(again, /1 of 1 endpoint turned on, and 1 delivery goes out again\./);
    assert.doesNotMatch(again, /Turned on, but/);
  });

  it('is what there was no time for', async () => {
    const { app, ids } = await offEndpoints(4);
    let now = 0;
    const clock = { monotonicNow: () => (now += 8000) };
    const targets = ids.map((endpointId) => ({ endpointId }));
    const results = await actOnEndpoints({ ...server.container, clock }, app, { action: 'turn_on', targets });
    assert.deepEqual(
      results.map(({ endpointId, isChanged }) => [endpointId, isChanged]),
      ids.map((id, index) => [id, index < 2]),
    );
    assert.match(results[2]?.problem ?? '', /^Not done yet: .*press the button again/);
    const all = await server.container.endpoints.listOfApp(app, { limit: 10, offset: 0 });
    assert.equal(all.filter(({ status }) => status === 'active').length, 2);
  });

  async function offEndpoints(count: number) {
    const { apps, endpoints, subscriptions, webhookEvents } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    const subscription = await subscriptions.create(app, { name: 'Globex' });
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const off = { url: `http://127.0.0.1:9/${String(index)}`, version: '1.0', status: 'inactive' } as const;
      ids.push((await endpoints.create(subscription, off)).id);
    }
    return { app, ids };
  }
});
