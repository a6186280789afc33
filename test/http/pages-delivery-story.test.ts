import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { App } from '#src/domain/apps/app.ts';
import type { EndpointChanges } from '#src/domain/endpoints/endpoints.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import { startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';

const run = promisify(execFile);

describe('the story of a message at an endpoint', () => {
  let server: TestServer;
  let visitor: Visitor;

  before(async () => {
    server = await sharedServer();
    visitor = await signedInVisitor(server);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('tells every attempt by its replay, who replayed, where its time went, and where it stands', async () => {
    await using receiver = await startReceiver(answer(500));
    const { app, endpoint } = await newApp(receiver.url, { retryDelaysSeconds: [0] });
    const { message } = await server.container.acceptor.accept(messageTo(app));
    const path = pathOf(app, message, endpoint);
    await eventually('given up', async () => (await words(path)).includes('Given up'));
    assert.match(
      await words(path),
      /Accepted as user\.created.*Routed to Globex.*Attempt 1: 500.*Attempt 2: 500/,
    );
    const key = { endpoint_id: endpoint.id };
    await server.container.endpoints.update(endpoint, { status: 'active' });
    await visitor.post(`/apps/${app.id}/messages/${message.id}/replay`, key);
    await eventually('given up again', async () => (await words(path)).includes('Replay 1, attempt 2: 500'));
    receiver.behave(answer(204));
    await server.container.endpoints.update(endpoint, { status: 'inactive' });
    await visitor.post(`/apps/${app.id}/endpoints/bulk`, {
      action: 'turn_on_and_replay',
      endpoints: endpoint.id,
    });
    await eventually('delivered', async () => (await words(path)).includes('Delivered'));

    const text = await words(path);
    const order = [
      'Delivered',
      `answered 204. The delivery is done.`,
      'What happened',
      'Attempt 2: 500',
      'Replayed by kim@acme.example',
      'Replay 1, attempt 1: 500',
      'Replay 1, attempt 2: 500',
      'Replayed with others by kim@acme.example',
      'Replay 2, attempt 1: 204',
      'Delivered',
    ];
    let from = 0;
    for (const part of order) {
      from = text.indexOf(part, from);
      assert.notEqual(from, -1, `${part}: ${text}`);
    }
    assert.match(text, /connect \d+ ms|connection that was open/);
    assert.match(text, /first byte \d+ ms body \d+ ms/);
    const { text: html } = await visitor.get(path);
    assert.match(html, /<rect class="phase-wait" x="[\d.]+" width="[\d.]+"/);
    const [, last = ''] = /.*href="(\/apps\/[^"]+\/webhook_attempts\/[^"]+)"/s.exec(html) ?? [];
    assert.match(await words(last), /Replay 2, attempt 1 of user\.created/);
  });

  it('says of what is held why the endpoint is off, and mends it from there', async () => {
    await using receiver = await startReceiver(answer(500));
    const { app, endpoint } = await newApp(receiver.url, { retryDelaysSeconds: [] });
    const { acceptor, endpoints } = server.container;
    await acceptor.accept(messageTo(app));
    await eventually('off', async () => (await endpoints.getOfApp(app, endpoint.id)).status === 'inactive');
    const { message } = await acceptor.accept(messageTo(app));
    const path = pathOf(app, message, endpoint);
    const text = await words(path);
    assert.match(
      text,
      /Why the endpoint is off: its server fails.*answered 500.*What to do: Send your subscriber/,
    );
    const { text: html } = await visitor.get(path);
    assert.match(html, new RegExp(`name="endpoints" value="${endpoint.id}"[^]*value="turn_on_and_replay"`));
    for (const status of ['active', 'inactive'] as const) {
      await endpoints.update(await endpoints.getOfApp(app, endpoint.id), { status });
    }
    const byHand = await words(path);
    assert.match(byHand, /Why the endpoint is off Someone turned this endpoint off/);
    receiver.behave(answer(204));
    await visitor.post(`/apps/${app.id}/endpoints/bulk`, {
      action: 'turn_on_and_replay',
      endpoints: endpoint.id,
    });
    await eventually('delivered', async () => (await words(path)).includes('Delivered'));
    assert.doesNotMatch(await words(path), /Why the endpoint is off/);
  });

  it('gives a command that sends what was sent', async () => {
    await using receiver = await startReceiver();
    const { app, endpoint } = await newApp(receiver.url, {
      rules: {
        headers: { 'X-Static': 'top-secret-token' },
        auth: { type: 'bearer', token: 'top-secret-token' },
      },
    });
    const { message } = await server.container.acceptor.accept({
      ...messageTo(app),
      headers: { 'X-Tenant': "it's $(id)" },
      dataText: String.raw`{"note":"it's $(id) \u0000 'quoted' ñ"}`,
    });
    const [sent] = await receiver.firstRequests(1);
    const path = pathOf(app, message, endpoint);
    await eventually('logged', async () => (await words(path)).includes('As cURL'));
    const { text } = await visitor.get(path);
    assert.doesNotMatch(text, /top-secret-token/);
    const [, block = ''] = /the request as cURL[^>]*><code>(.*?)<\/code>/s.exec(text) ?? [];
    await run('sh', ['-c', unescaped(block)]);
    const [, again] = await receiver.firstRequests(2);
    assert.ok(sent && again);
    assert.deepEqual(again.body, sent.body);
    const hidden = { authorization: '[hidden]', 'x-static': '[hidden]' };
    const { connection: _, host: _host, ...headers } = sent.headers;
    assert.equal(headers.authorization, 'Bearer top-secret-token');
    assert.deepEqual(again.headers, { ...again.headers, ...headers, ...hidden });
  });

  it('says why it was not sent there, and is of one account', async () => {
    const { app, endpoint, subscription } = await newApp('http://127.0.0.1:9/', { status: 'inactive' });
    const other = await server.container.endpoints.create(subscription, {
      url: 'http://127.0.0.1:9/two',
      version: '2.0',
    });
    const { message } = await server.container.acceptor.accept(messageTo(app));
    const held = await words(pathOf(app, message, endpoint));
    assert.match(held, /Held .*It is held, because the endpoint is off\. Turn that on, and replay it\./);
    assert.equal(held.split('It is held, because').length, 2, 'it is said once');
    const left = await words(pathOf(app, message, other));
    assert.match(left, /Not sent .*The endpoint took version "2\.0" and no other\./);
    assert.equal(left.split('The endpoint took version').length, 2, 'it is said once');
    const late = await server.container.endpoints.create(subscription, {
      url: 'http://127.0.0.1:9/',
      version: '1.0',
    });
    assert.match(
      await words(pathOf(app, message, late)),
      /The endpoint was not there when the message came\./,
    );
    assert.equal((await visitor.get(pathOf(app, message, { id: uuidv7(Date.now()) }))).status, 404);
    assert.equal((await visitor.get(pathOf(app, message, { id: 'nonsense' }))).status, 404);
    const stranger = await signedInVisitor(server);
    assert.equal((await stranger.get(pathOf(app, message, endpoint))).status, 404);
  });

  it('is paged at many attempts, and numbers them over pages', async () => {
    const { app, endpoint } = await newApp('http://127.0.0.1:9/', { status: 'inactive' });
    const { message } = await server.container.acceptor.accept(messageTo(app));
    await server.container.pool.query(
      `insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, duration_ms,
         attempt_number, status_code, succeeded, event_type, trigger)
       select $1, $2, $3[n], $4, $5, $6, 5, (n + 1) % 2 + 1, case when n = 60 then 204 else 500 end, n = 60, 'user.created',
         case when n > 2 and n % 2 = 1 then 'replay' end
       from generate_series(1, 60) n`.replace('$3[n]', '($3::uuid[])[n]'),
      [
        app.accountId,
        app.id,
        Array.from({ length: 60 }, (_, index) => uuidv7(Date.now() + index)),
        message.id,
        endpoint.id,
        endpoint.subscriptionId,
      ],
    );
    const path = pathOf(app, message, endpoint);
    const { text } = await visitor.get(path);
    assert.ok(Buffer.byteLength(text) < 100_000, String(Buffer.byteLength(text)));
    assert.match(await words(path), /Earlier attempts .*Replay 29, attempt 2: 204/);
    assert.match(await words(path), /25 of 60 attempts/);
    const first = await words(`${path}?page=3`);
    assert.match(
      first,
      /Routed to .*Attempt 1: 500.*Attempt 2: 500.*Replay 1, attempt 1: 500.*Later attempts/,
    );
    assert.doesNotMatch(first, /Earlier attempts/);
    // Where it stands is told by the latest attempt, whatever the page; beyond the last is the last.
    assert.match(await words(path), /answered 204/);
    assert.match(first, /answered 204/);
    assert.equal(await words(`${path}?page=99`), first);
  });

  it('has pages of less than 100 KB, however its body and its answers are written', async () => {
    const { acceptor, attempts, evidenceLinks, pool } = server.container;
    const bodies = ['"a",', 'true,', `{"a":"'"},`, '"éé",', '"<&>",'].map(
      (part) => `[${part.repeat(16_000 / part.length).slice(0, -1)}]`,
    );
    for (const dataText of [...bodies, JSON.stringify(bodies.at(-1))]) {
      await using receiver = await startReceiver(answer(200, { body: dataText }));
      const { app, endpoint } = await newApp(receiver.url, {});
      const { message } = await acceptor.accept({ ...messageTo(app), dataText });
      const paging = { limit: 1, offset: 0 };
      const find = async () => (await attempts.page(app, {}, paging))[0];
      await eventually('logged', async () => (await find()) !== undefined);
      const attempt = (await find()) ?? assert.fail();
      const ids = Array.from({ length: 24 }, () => uuidv7(Date.now()));
      await pool.query(
        `insert into attempts select copied.* from attempts cross join unnest($3::uuid[]) as new(id)
           cross join lateral jsonb_populate_record(attempts, jsonb_build_object('id', new.id)) copied
         where attempts.account_id = $1 and attempts.id = $2`,
        [app.accountId, attempt.id, ids],
      );
      const { url } = await evidenceLinks.make(message, {
        ...{ endpointId: endpoint.id, showsPayload: true, expiresInSeconds: 3600 },
      });
      for (const path of [
        `/apps/${app.id}/messages/${message.id}`,
        pathOf(app, message, endpoint),
        `/apps/${app.id}/webhook_attempts/${attempt.id}`,
        new URL(url).pathname,
      ]) {
        const { status, text } = await visitor.get(path);
        const weight = Buffer.byteLength(text);
        assert.ok(
          status === 200 && weight < 100_000,
          `${path}: ${String(weight)} of ${dataText.slice(0, 9)}`,
        );
      }
    }
  });

  async function newApp(url: string, changes: EndpointChanges) {
    const { apps, endpoints, subscriptions, webhookEvents } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    const subscription = await subscriptions.create(app, { name: 'Globex' });
    const endpoint = await endpoints.create(subscription, { ...changes, url, version: '1.0' });
    return { app, endpoint, subscription };
  }

  const pathOf = (app: App, message: Pick<Message, 'id'>, endpoint: { id: string }) =>
    `/apps/${app.id}/messages/${message.id}/deliveries/${endpoint.id}`;

  /** What a page says, without its markup. */
  async function words(path: string): Promise<string> {
    const { text } = await visitor.get(path);
    return unescaped(text.replaceAll(/<[^>]*>/g, ' ')).replaceAll(/\s+/g, ' ');
  }
});

const ENTITIES: Record<string, string> = {
  '&#34;': '"',
  '&#39;': "'",
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
};
const unescaped = (text: string) =>
  text.replaceAll(/&(?:#34|#39|lt|gt|amp);/g, (one) => ENTITIES[one] ?? one);
