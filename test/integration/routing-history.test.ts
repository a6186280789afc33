import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { Explanations } from '#src/pipeline/routing/explanations.ts';
import { createChangingApp, type Reasons, reasonsOf, steps } from '#test/support/changing-app.ts';
import { listening, rowsReadOf } from '#test/support/rows-read.ts';
import { createSubscribedApp, EVENT_TYPE, type SubscribedApp } from '#test/support/subscribed-app.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const URL = 'http://127.0.0.1:9/';

describe('the routing history of endpoints', () => {
  let server: TestServer;

  before(async () => {
    server = await sharedServer('web');
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('explains every message as it was routed, whatever changed before and since', async () => {
    const seen = new Set<string | null>();
    const lives = fc.array(steps, { minLength: 30, maxLength: 60 });
    const livesAsRouted = fc.asyncProperty(lives, async (life) => {
      const changing = await createChangingApp(server);
      for (const step of life) await step(changing);
      for (const { message, reasons } of changing.posted) {
        assert.deepEqual(
          sorted(reasonsOf(await server.container.explanations.explain(message))),
          sorted(reasons),
        );
        for (const reason of reasons.values()) seen.add(reason);
      }
    });
    await fc.assert(livesAsRouted, { numRuns: 8, endOnFailure: true });
    assert.deepEqual(seen, new Set([null, 'held', 'event_type', 'version']));
  });

  it('agrees with what was sent and what is held while the app is changed from several sides', async () => {
    const changing = await createChangingApp(server);
    const life = fc.sample(steps, { numRuns: 150, seed: 7 });
    const lane = async (number: number) => {
      for (const step of life.filter((_, index) => index % 3 === number)) {
        // What another lane has deleted cannot be changed.
        await step(changing).catch(() => undefined);
      }
    };
    await Promise.all([lane(0), lane(1), lane(2)]);

    assert.ok(changing.posted.length > 25, String(changing.posted.length));
    for (const { message } of changing.posted) {
      const reasons = [...reasonsOf(await server.container.explanations.explain(message))];
      const with_ = (reason: string | null) => reasons.filter((one) => one[1] === reason).map(([id]) => id);
      assert.deepEqual(new Set(with_(null)), new Set(message.endpointIds));
      assert.deepEqual(new Set(with_('held')), await heldFor(message.id));
    }
  });

  it('has one row a transaction, and none for what routing does not read', async () => {
    const { endpoints } = server.container;
    const { app, endpoint } = await createSubscribedApp(server, { url: URL, enabledEvents: [EVENT_TYPE] });
    assert.equal(await countRows(app), 1);
    const elsewhere = { url: `${URL}elsewhere`, description: 'Staging', retryDelaysSeconds: [1] };
    await endpoints.update(endpoint, { ...elsewhere, enabledEvents: [EVENT_TYPE] });
    assert.equal(await countRows(app), 1);
    await endpoints.update(endpoint, { version: '2.0', status: 'inactive', enabledEvents: '*' });
    assert.equal(await countRows(app), 2);
    await endpoints.delete(endpoint);
    assert.equal(await countRows(app), 3);
  });

  it('grows by the endpoints of a change alone; with an event, by those that name it', async () => {
    const { endpoints, webhookEvents } = server.container;
    const { app, endpoint, subscription } = await subscribedThrice();
    assert.equal(await countRows(app), 3);
    await endpoints.update(endpoint, { version: '2.0' });
    assert.equal(await countRows(app), 4);
    const event = await webhookEvents.getByType(app, EVENT_TYPE);
    await webhookEvents.update(event, { description: 'Someone came.' });
    assert.equal(await countRows(app), 4);
    await webhookEvents.update(event, { eventType: 'user.renamed' });
    assert.equal(await countRows(app), 6);
    await webhookEvents.delete(event);
    assert.equal(await countRows(app), 8);
    await server.container.subscriptions.delete(subscription);
    assert.equal(await countRows(app), 11);
  });

  it('is read as far as a message was routed by it, however often its endpoints changed', async () => {
    const { pool } = server.container;
    const { app, endpoint, post } = await subscribedThrice();
    const { message } = await post();
    // Older and newer than the message.
    await pool.query(
      `insert into endpoint_revisions (account_id, app_id, subscription_id, endpoint_id, revision, version, status)
       select account_id, app_id, subscription_id, endpoint_id, revision + n, version, status
       from endpoint_revisions, generate_series(-1000, 1000) n where app_id = $1 and endpoint_id = $2 and n <> 0`,
      [app.id, endpoint.id],
    );
    await pool.query('analyze endpoint_revisions');
    const { asked, pool: listeningPool } = listening(pool);
    await new Explanations({ pool: listeningPool }).explain(message);
    const read = await Promise.all(asked.map((one) => rowsReadOf('endpoint_revisions', pool, one)));
    assert.deepEqual(
      read.filter((rows) => rows > 0),
      [6],
      'one step to each endpoint, one to its row',
    );
  });

  it('goes with its app', async () => {
    const { app } = await createSubscribedApp(server, { url: URL });
    await server.container.apps.delete(app);
    assert.equal(await countRows(app), 0);
  });

  /** Two endpoints that name the event, and one that receives all. */
  async function subscribedThrice(): Promise<SubscribedApp> {
    const named = { url: URL, version: '1.0', enabledEvents: [EVENT_TYPE] };
    const subscribed = await createSubscribedApp(server, named);
    await server.container.endpoints.create(subscribed.subscription, named);
    await server.container.endpoints.create(subscribed.subscription, { ...named, enabledEvents: '*' });
    return subscribed;
  }

  async function countRows(app: { id: string }): Promise<number> {
    const { rows } = await server.container.pool.query('select from endpoint_revisions where app_id = $1', [
      app.id,
    ]);
    return rows.length;
  }

  async function heldFor(messageId: string): Promise<Set<string>> {
    const { rows } = await server.container.pool.query<{ id: string }>(
      `select endpoint_id as id from deliveries where message_id = $1 and state = 'held'`,
      [messageId],
    );
    return new Set(rows.map(({ id }) => id));
  }
});

const sorted = (reasons: Reasons) => [...reasons].sort(([a], [b]) => (a < b ? -1 : 1));
