import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { adviceTo } from '#src/domain/issues/advice.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import { portalVisitor } from '#test/support/portal-visitor.ts';
import { startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp, EVENT_TYPE } from '#test/support/subscribed-app.ts';

describe('a subscriber in the portal', () => {
  let server: TestServer;

  before(async () => {
    server = await sharedServer();
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  /** A subscriber with an endpoint at `url`, and a browser at their portal. */
  async function atPortal(url: string, endpoint: { retryDelaysSeconds?: number[] } = {}) {
    const subscribed = await createSubscribedApp(server, { url, ...endpoint });
    const browser = await portalVisitor(server, subscribed.subscription);
    const home = `/portal/${subscribed.subscription.id}`;
    return { ...subscribed, browser, home, path: `${home}/endpoints/${subscribed.endpoint.id}` };
  }

  it('adds an endpoint, changes it, turns it off and on, and deletes it', async () => {
    const { app, browser, home, subscription } = await atPortal('http://127.0.0.1:9/');
    const { endpoints, webhookEvents } = server.container;
    await webhookEvents.create(app, { eventType: 'order.paid', description: 'Money came in.' });
    assert.match((await browser.get(`${home}/endpoints/new`)).text, /Money came in\./);
    const fields = { url: 'http://127.0.0.1:9/new', version: '1.0', description: '' };
    const chosen = { events: 'some', event_types: 'order.paid' };
    const added = await browser.post(`${home}/endpoints`, { ...fields, ...chosen });
    assert.equal(added.status, 303);
    const path = added.location;
    const made = await endpoints.getOfSubscription(subscription, path.split('/').at(-1) ?? '');
    assert.deepEqual(
      made.webhookEvents.map(({ eventType }) => eventType),
      ['order.paid'],
    );
    assert.match((await browser.get(path)).text, /The endpoint is added/);

    const moved = { ...fields, url: 'http://127.0.0.1:9/moved', version: '2.0', description: 'Ours' };
    assert.equal((await browser.post(path, { ...moved, events: 'all' })).location, path);
    await made.reload();
    assert.deepEqual(
      [made.url, made.version, made.description, made.receivesAllEvents],
      [moved.url, '2.0', 'Ours', true],
    );
    for (const status of ['inactive', 'active']) {
      assert.equal((await browser.post(`${path}/status`, { status })).location, path);
      assert.equal((await made.reload()).status, status);
    }
    await endpoints.update(made, { status: 'inactive' });
    const savedOff = await browser.post(path, { ...moved, events: 'all' });
    assert.equal(savedOff.location, `${path}/repair`, 'the next step of who mends it');
    assert.match((await browser.get(savedOff.location)).text, /The endpoint is saved\. It is still off/);
    assert.equal((await browser.post(`${path}/delete`, { confirmation: 'else.example' })).status, 422);
    assert.equal((await browser.post(`${path}/delete`, { confirmation: '127.0.0.1:9' })).location, home);
    assert.equal((await browser.get(path)).status, 404);
  });

  it('is told by the field what an endpoint cannot be', async () => {
    const { browser, home, path } = await atPortal('http://127.0.0.1:9/');
    const good = { url: 'https://example.com/', version: '1.0', events: 'all' };
    for (const [wrong, message] of [
      [{ url: 'ftp://example.com/' }, /id="url-error"/],
      [{ url: '' }, /Enter the URL/],
      [{ version: '' }, /Enter the version/],
      [{ events: 'some' }, /Tick at least one event/],
      [{ events: 'some', event_types: 'no.such' }, /id="event_types-error"/],
    ] as const) {
      for (const action of [`${home}/endpoints`, path]) {
        const { status, text } = await browser.post(action, { ...good, ...wrong });
        assert.equal(status, 422, `${action} ${JSON.stringify(wrong)}`);
        assert.match(text, message);
      }
    }
  });

  it('reveals and rotates the secret', async () => {
    const { browser, path, endpoint } = await atPortal('http://127.0.0.1:9/');
    const before = server.container.endpoints.revealSecret(endpoint);
    assert.equal((await browser.post(`${path}/secret/rotate`, { grace: '86400' })).location, path);
    const after = server.container.endpoints.revealSecret(await endpoint.reload());
    assert.notEqual(after, before);
    const { text } = await browser.post(`${path}/secret`, {});
    assert.ok(text.includes(after) && !text.includes(before));
    assert.match(text, /One that it replaced signs, too/);
  });

  it('reads each attempt with what was sent and answered, and nobody else’s', async () => {
    await using receiver = await startReceiver(answer(200, { body: 'thanks a lot' }));
    const { browser, home, path, post } = await atPortal(receiver.url);
    const tested = await browser.post(`${path}/test`, { event_type: EVENT_TYPE });
    const { text } = await browser.get(tested.location);
    assert.match(text, /thanks a lot/);
    assert.match(text, /webhook-signature/);
    assert.match(text, /answered 200/);
    const verifying = `${path}/verifying`;
    assert.ok(text.includes(`href="${verifying}"`), 'what comes next for who just added it');
    assert.match((await browser.get(verifying)).text, /Verify webhooks from/);
    await post({ dataText: '{"order":4711}' });
    const linksOf = async () =>
      [...(await browser.get(home)).text.matchAll(/href="([^"]*\/attempts\/[^"]*)/g)].map(([, link]) => link);
    await eventually('logged', async () => (await linksOf()).length === 2);
    const latest = await browser.get((await linksOf())[0] ?? '');
    assert.match(latest.text, /4711/);
    assert.ok(!latest.text.includes(verifying));

    const stranger = await atPortal(receiver.url);
    const id = tested.location.split('/').at(-1) ?? '';
    assert.equal((await stranger.browser.get(`${stranger.home}/attempts/${id}`)).status, 404);
  });

  it('finds each event with its description, schema and sample', async () => {
    const { app, browser, home } = await atPortal('http://127.0.0.1:9/');
    const event = await server.container.webhookEvents.create(app, {
      eventType: 'order.paid',
      description: 'Money came in.',
      samplePayloadText: '{"paid": 49.90}',
      schema: { type: 'object', required: ['paid'] },
    });
    assert.match((await browser.get(`${home}/events`)).text, /order\.paid[^]*Money came in\./);
    const { text } = await browser.get(`${home}/events/${event.id}`);
    for (const shown of ['Money came in.', '49.90', 'required']) assert.ok(text.includes(shown), shown);
    const stranger = await atPortal('http://127.0.0.1:9/');
    assert.equal((await stranger.browser.get(`${stranger.home}/events/${event.id}`)).status, 404);
  });

  it('repairs what was turned off: fix, test, turn on, and 10 of 10 are sent', async () => {
    await using receiver = await startReceiver(answer(500));
    const { browser, path, post, endpointNow } = await atPortal(receiver.url, { retryDelaysSeconds: [] });
    await post();
    await eventually('off', async () => (await endpointNow()).status === 'inactive');
    for (let sent = 1; sent < 10; sent += 1) await post();
    const repair = `${path}/repair`;
    const look = async () => (await browser.get(repair)).text.replaceAll(/<[^>]*>|\s+/g, ' ');

    assert.match(await look(), /answered 500/);
    assert.equal((await browser.post(`${repair}/replay`, {})).status, 409, 'while it is off');
    assert.equal((await browser.post(`${repair}/test`, { event_type: EVENT_TYPE })).location, repair);
    assert.match(await look(), /failed: +127\.0\.0\.1:\d+ answered 500/);
    receiver.behave(answer(200));
    await browser.post(`${repair}/test`, { event_type: EVENT_TYPE });
    assert.match(await look(), /succeeded: +127\.0\.0\.1:\d+ answered 200/);
    assert.equal((await browser.post(`${repair}/on`, {})).location, repair);
    assert.match(await look(), /It missed +10 webhooks/);
    assert.equal((await browser.post(`${repair}/replay`, {})).location, repair);
    await eventually('sent', async () => (await look()).includes('10 of 10 sent'));
    assert.doesNotMatch(await look(), /failed again|Send +10/);
    assert.match(await look(), /All is well/);
    assert.equal(receiver.requests.length, 1 + 2 + 10);
  });

  it('takes no test of before a change for one of how it is now, and names no new host for what went to the old', async () => {
    await using receiver = await startReceiver(answer(500));
    const { browser, path, post, endpointNow } = await atPortal(receiver.url, { retryDelaysSeconds: [] });
    await post();
    await eventually('off', async () => (await endpointNow()).status === 'inactive');
    receiver.behave(answer(200));
    const look = async (page: string) => (await browser.get(page)).text.replaceAll(/<[^>]*>|\s+/g, ' ');
    const isTested = async () => /Done: *Test it/.test(await look(`${path}/repair`));
    const test = async () => (await browser.post(`${path}/test`, { event_type: EVENT_TYPE })).location;
    const tested = await test();
    assert.ok(await isTested());
    const moved = receiver.url.replace('127.0.0.1', 'localhost');
    const save = (version: string, url: string) => browser.post(path, { url, version, events: 'all' });
    for (const change of [
      () => save('2.0', receiver.url),
      () => save('2.0', moved),
      () => browser.post(`${path}/secret/rotate`, { grace: '86400' }),
    ]) {
      await change();
      assert.match(await look(`${path}/repair`), /after this test: test it as it is now\./);
      assert.ok(!(await isTested()));
      await test();
      assert.ok(await isTested());
    }
    assert.match(await look(tested), /The endpoint answered 200\..*this attempt went to another\./);
    assert.match(await look(path), /older attempts went to another\./);
    await save('2.0', moved);
    assert.ok(await isTested(), 'what is the same is no change');
  });

  it('repairs what fails among many others by the last attempt behind its issue, as long as that is kept', async () => {
    const { browser, path, app, ...made } = await atPortal('http://127.0.0.1:9/');
    const writer = new OutcomeWriter(server.container);
    const work = () => workFor({ ...made, app });
    const repair = async () => (await browser.get(`${path}/repair`)).text;
    const advice = adviceTo('subscriber', 'server_error');
    await writer.write(outcomeOf(work(), { state: 'failed', attempt: { succeeded: false } }));
    await Promise.all(Array.from({ length: 50 }, () => writer.write(outcomeOf(work()))));
    const text = await repair();
    assert.match(text, /It answered 500\.\s+<a [^>]*>See the request/);
    assert.ok(text.includes(advice));
    await server.container.pool.query('delete from attempts where account_id = $1 and not succeeded', [
      app.accountId,
    ]);
    const later = await repair();
    assert.match(later, /is no longer kept/);
    assert.doesNotMatch(later, /nothing to fix/);
    assert.ok(later.includes(advice));
  });
});
