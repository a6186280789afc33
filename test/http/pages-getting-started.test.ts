import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DEMO_APP_UID } from '#src/domain/apps/demo-app.ts';
import { FIRST_ANSWER } from '#src/domain/hook-helpers/answer.ts';
import { readerSamples } from '#src/surfaces/html/reader-samples.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';

const PATH = '/getting_started';
const FILLED = {
  ...{ app_name: 'Acme', event_type: 'order.shipped', sample_payload: '{"id":7}' },
  ...{ subscriber: 'Globex', url: '' },
};

describe('getting started', () => {
  let server: TestServer;
  before(async () => {
    server = await sharedServer();
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const partsOf = async ({ accountId }: Visitor) => {
    const { models } = server.container;
    const where = { accountId };
    const counted = [
      models.App,
      models.WebhookEvent,
      models.Subscription,
      models.Endpoint,
      models.HookHelper,
    ];
    return Promise.all(counted.map((model) => (model as typeof models.App).count({ where })));
  };

  it('fills the form in, with the name of the Heroku app, and names each step as the article does', async () => {
    const visitor = await signedInVisitor(server);
    await server.container.pool.query(
      `update heroku_resources set app_name = 'sharp-mountain' where account_id = $1`,
      [visitor.accountId],
    );
    const { text } = await visitor.get(PATH);
    for (const value of [
      'value="sharp-mountain"',
      'value="user.created"',
      'kim@example.com',
      '0 of 5 done',
    ]) {
      assert.ok(text.replaceAll('&#34;', '"').includes(value), value);
    }
    for (const words of ['Setup New App', 'Add More Events', 'Add New Subscriber', 'View, Add Event']) {
      assert.ok(text.includes(words), words);
    }
  });

  it('names the app after the account where Heroku has not told its name: never with nothing', async () => {
    const visitor = await signedInVisitor(server);
    const { text } = await visitor.get(PATH);
    assert.match(text, /name="app_name"[^>]*value="[^"]+"/);
  });

  it('makes everything by one form, sends by one button, and shows the arrival with its signature', async () => {
    const visitor = await signedInVisitor(server);
    assert.equal((await visitor.post(PATH, FILLED)).status, 303);
    assert.deepEqual(await partsOf(visitor), [1, 1, 1, 1, 1]);
    const ready = await visitor.get(PATH);
    assert.match(ready.text, /4 of 5 done/);
    assert.match(ready.text, /Nothing arrived yet/);
    assert.match(ready.text, /Waiting for your first call/);
    const links = [...ready.text.matchAll(/href="([^"]*language=[^"]*)"/g)].map(([, href = '']) => href);
    assert.ok(
      links.length >= 14 && links.every((href) => href.includes(`addon=${visitor.resourceId}`)),
      links[0],
    );
    const inPython = (await visitor.get(`${PATH}?language=python`)).text;
    assert.match(inPython, /Using with Python[^]*Verifying with Python/, 'both sides in one language');
    assert.match(ready.text, /Verifying with Node\.js/);
    assert.equal((await visitor.post(`${PATH}/send`, {})).status, 303);
    const sent = await visitor.get(PATH);
    assert.match(sent.text, /5 of 5 done/);
    assert.match(sent.text, /Signature valid/);
    assert.match(sent.text, /order\.shipped/);
    assert.match(
      sent.text,
      /Waiting for your first call/,
      'what a person sends here is no call of a program',
    );
  });

  it('leads from the endpoint and what was sent to the Hook Helper and the arrival there', async () => {
    const visitor = await signedInVisitor(server);
    const { apps, attempts, hookHelpers } = server.container;
    await visitor.post(PATH, FILLED);
    await visitor.post(`${PATH}/send`, {});
    const app = (await apps.oldest(visitor.accountId)) ?? assert.fail();
    const [attempt = assert.fail()] = await attempts.page(app, {}, { limit: 1, offset: 0 });
    const { endpointId, messageId } = attempt;
    const [helper = assert.fail()] = await hookHelpers.list(visitor.accountId, { limit: 1, offset: 0 });
    const [arrival = assert.fail()] = await hookHelpers.requests(helper, { limit: 1 });
    const toHelper = `href="/hook_helpers/${helper.id}">For Globex</a>`;
    const toArrival = `href="/hook_helpers/${helper.id}/requests/${arrival.id}">`;
    const below = `/apps/${app.id}`;
    const { text } = await visitor.get(`${below}/endpoints/${endpointId}`);
    assert.ok(text.includes(toHelper));
    for (const path of [
      `/webhook_attempts/${attempt.id}`,
      `/messages/${messageId}/deliveries/${endpointId}`,
    ]) {
      const { text: sent } = await visitor.get(below + path);
      assert.ok(sent.includes(toHelper) && sent.includes(toArrival), path);
      assert.match(sent, /Signature valid/, path);
    }
    const url = `${server.url}/r/${helper.token}`;
    const { accountId: stranger } = await signedInVisitor(server);
    assert.equal(await hookHelpers.ofUrl({ accountId: stranger, url }), null, 'that of another account');
  });

  it('leads each of two attempts in a row to its own arrival, and one from before a change of URL to none', async () => {
    const visitor = await signedInVisitor(server);
    const { acceptor, apps, attempts, endpoints, hookHelpers, subscriptions, webhookEvents } =
      server.container;
    const helper = await hookHelpers.create(visitor.accountId, {
      label: 'Fails once',
      answer: { ...FIRST_ANSWER, status: 500, fail_first: 1 },
    });
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    const subscription = await subscriptions.create(app, { name: 'Globex' });
    const url = `${server.url}/r/${helper.token}`;
    const endpoint = await endpoints.create(subscription, { url, version: '1.0', retryDelaysSeconds: [0] });
    await acceptor.accept(messageTo(app));
    const logged = () => attempts.page(app, {}, { limit: 2, offset: 0 });
    await eventually('two attempts', async () => (await logged()).length === 2);
    const arrivals = await hookHelpers.requests(helper, { limit: 2 });
    const pageOf = async (id: string) => (await visitor.get(`/apps/${app.id}/webhook_attempts/${id}`)).text;
    for (const [at, { id }] of (await logged()).entries()) {
      const found = /\/requests\/([\w-]+)">What arrived/.exec(await pageOf(id))?.[1];
      assert.equal(found, arrivals[at]?.id);
    }
    await endpoints.update(endpoint, { url: `${url}/moved` });
    for (const { id } of await logged()) assert.doesNotMatch(await pageOf(id), /Fails once/);
  });

  it('makes nothing twice, however often it is sent', async () => {
    const visitor = await signedInVisitor(server);
    await visitor.post(PATH, FILLED);
    assert.equal((await visitor.post(PATH, FILLED)).status, 303);
    assert.deepEqual(await partsOf(visitor), [1, 1, 1, 1, 1]);
  });

  it('asks only for what is missing', async () => {
    const visitor = await signedInVisitor(server);
    const { apps, subscriptions } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'There already' });
    await subscriptions.create(app, { name: 'Known' });
    const { text } = await visitor.get(PATH);
    assert.match(text, /2 of 5 done/);
    assert.doesNotMatch(text, /name="app_name"|name="subscriber"/);
    assert.match(text, /name="event_type"/);
    assert.equal((await visitor.post(PATH, { ...FILLED, app_name: '' })).status, 303);
    assert.deepEqual(await partsOf(visitor), [1, 1, 1, 1, 1]);
  });

  it('counts what a person did, and not what the demo made', async () => {
    const visitor = await signedInVisitor(server);
    const { apps, endpoints, subscriptions, webhookEvents } = server.container;
    const demo = await apps.create(visitor.accountId, { uid: DEMO_APP_UID, name: 'Demo' });
    await webhookEvents.create(demo, { eventType: 'user.created' });
    const subscription = await subscriptions.create(demo, { name: 'Demo subscriber' });
    await endpoints.create(subscription, { url: `${server.url}/r/none`, version: '1.0' });
    const { text } = await visitor.get(PATH);
    assert.match(text, /0 of 5 done/);
    assert.match(text, new RegExp(`made the app <a href="/apps/${demo.id}">Demo</a> for you`));
    assert.match((await visitor.get('/dashboard')).text, /0 of 5 done/);
    assert.equal((await visitor.post(PATH, FILLED)).status, 303);
    assert.match((await visitor.get(PATH)).text, /4 of 5 done/);
    assert.deepEqual(await partsOf(visitor), [2, 2, 2, 2, 1]);
    assert.equal((await visitor.post(`${PATH}/send`, {})).status, 303);
    assert.match((await visitor.get(PATH)).text, /5 of 5 done/);
  });

  it('takes a URL of one’s own, without a Hook Helper, and shows what that answered', async () => {
    const visitor = await signedInVisitor(server);
    const url = 'http://127.0.0.1:9/hooks';
    assert.equal((await visitor.post(PATH, { ...FILLED, url })).status, 303);
    assert.deepEqual(await partsOf(visitor), [1, 1, 1, 1, 0]);
    await visitor.post(`${PATH}/send`, {});
    await eventually('an attempt', async () => (await visitor.get(PATH)).text.includes('Failed'));
    assert.match((await visitor.get(PATH)).text, /127\.0\.0\.1:9\/hooks/);
  });

  it('makes nothing where something is wrong, and keeps what was typed', async () => {
    const visitor = await signedInVisitor(server);
    const wrong: [Record<string, string>, RegExp][] = [
      [{ app_name: ' ' }, /Give the app a name/],
      [{ event_type: 'no spaces' }, /The event type/],
      [{ sample_payload: '{' }, /The sample payload/],
      [{ url: 'ftp://example.com' }, /The URL/],
    ];
    for (const [field, message] of wrong) {
      const { status, text } = await visitor.post(PATH, { ...FILLED, subscriber: 'Typed', ...field });
      assert.equal(status, 422, String(message));
      assert.match(text, message);
      assert.match(text, /value="Typed"/);
    }
    assert.deepEqual(await partsOf(visitor), [0, 0, 0, 0, 0]);
  });

  it('shows a call that was refused, with its cause and what to do, then one that was taken', async () => {
    const visitor = await signedInVisitor(server);
    await visitor.post(PATH, FILLED);
    const key = server.container.apiKeys.keyForResource(visitor.resourceId);
    const call = async (type: string) => {
      const body = JSON.stringify({ event_type: type, version: '1.0', data: {} });
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const { id } = (await server.container.apps.oldest(visitor.accountId)) ?? assert.fail();
      return fetch(`${server.url}/api/v1/apps/${id}/messages`, { method: 'POST', body, headers });
    };
    const shows = async (pattern: RegExp) => pattern.test((await visitor.get(PATH)).text);
    assert.equal((await call('no.such')).status, 422);
    await eventually('the refusal', () => shows(/Refused: 422/));
    const { text } = await visitor.get(PATH);
    assert.match(text, /Create the webhook event in the app, or mend the spelling of event_type/);
    assert.match(text, /data-await/);
    assert.equal((await call('order.shipped')).status, 201);
    await eventually('the call', () => shows(/Taken: 201/));
    assert.doesNotMatch((await visitor.get(PATH)).text, /data-await/);
  });

  it('is not set up by a viewer, and sends nothing before it is set up', async () => {
    const visitor = await signedInVisitor(server);
    assert.equal((await visitor.post(`${PATH}/send`, {})).status, 303);
    await server.container.models.Member.update(
      { role: 'viewer' },
      { where: { accountId: visitor.accountId } },
    );
    const { text } = await visitor.get(PATH);
    assert.doesNotMatch(text, /<form[^>]*action="[^"]*getting_started/);
    assert.equal((await visitor.post(PATH, FILLED)).status, 403);
  });

  it('fills the app and the event into the samples of all eight languages', () => {
    const reader = { appId: '0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f', eventType: 'order.shipped' };
    const samples = readerSamples('https://hooks.example', reader);
    const languages = ['curl', 'ruby', 'node', 'python', 'php', 'go', 'java', 'csharp'];
    for (const language of languages) {
      const { code } = samples.find((sample) => sample.language === language) ?? assert.fail(language);
      assert.ok(code.includes(reader.appId) && code.includes(reader.eventType), language);
      assert.doesNotMatch(code, /HOSTEDHOOKS_APP_ID|user\.created/, language);
      assert.match(code, /HOSTEDHOOKS_API_KEY/, language);
    }
  });
});
