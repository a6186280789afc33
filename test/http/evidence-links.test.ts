import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { EndpointChanges } from '#src/domain/endpoints/endpoints.ts';
import { SignInRates } from '#src/domain/people/sign-in-rates.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { createJumpingClock, type JumpingClock } from '#test/support/jumping-clock.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { createStillClock } from '#test/support/still-clock.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { EVENT_TYPE } from '#test/support/subscribed-app.ts';

const SECRETS = ['top-secret-token', 'tenant-secret-value', 'session-of-a-browser', 'message-header-secret'];

describe('an evidence link', () => {
  let server: TestServer;
  let clock: JumpingClock;

  before(async () => {
    clock = createJumpingClock();
    server = await startTestServer({ clock });
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('shows to anybody what was sent and answered, with the digest of the body, and no secret', async () => {
    // It sends back all that it got, as some receivers do.
    await using receiver = await startReceiver(({ request, response }) => {
      const echo = JSON.stringify({ headers: request.rawHeaders, note: '<script>alert(1)</script>' });
      response.writeHead(418, { 'set-cookie': 'sid=session-of-a-browser', 'retry-after': '7' }).end(echo);
    });
    const world = await sent(receiver.url, {
      rules: {
        auth: { type: 'bearer', token: 'top-secret-token' },
        headers: { 'X-Tenant': 'tenant-secret-value' },
      },
    });
    const [request] = await receiver.firstRequests(1);
    assert.ok(request);
    const { url } = await world.make({ include_payload: true });
    const page = await open(url);
    assert.equal(page.status, 200);
    const text = await page.text();
    const host = new URL(receiver.url).host;
    const digest = createHash('sha256').update(request.body).digest('hex');
    for (const shown of [
      host,
      digest,
      'answered 418',
      'Checked by HostedHooks at',
      EVENT_TYPE,
      'Attempt 1',
    ]) {
      assert.ok(text.includes(shown), shown);
    }
    assert.match(text, /&lt;script&gt;alert\(1\)/);
    assert.doesNotMatch(text, /<script>alert/);
    assert.match(text, /payload-of-the-order/);
    assert.match(text, /retry-after<\/dt><dd>7/);
    const signature = String(request.headers['webhook-signature']);
    const { secret } = await server.container.endpointSecrets.reveal(world.endpoint);
    for (const hidden of [...SECRETS, signature, secret]) assert.ok(!text.includes(hidden), hidden);
    assert.ok(!text.includes('kim@'), 'nor who works at the provider');
    assert.deepEqual(
      ['referrer-policy', 'x-robots-tag', 'cache-control', 'set-cookie'].map((name) =>
        page.headers.get(name),
      ),
      ['no-referrer', 'noindex, nofollow, noarchive', 'no-store', null],
    );
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'.*script-src 'self'/);
    assert.ok(Buffer.byteLength(text) < 100_000);

    const without = await (await open((await world.make({})).url)).text();
    assert.ok(without.includes(digest));
    assert.doesNotMatch(without, /payload-of-the-order|alert\(1\)/);
  });

  it('hides a secret across the end of what is shown, and one that was replaced and still signs', async () => {
    const replaced = 'replaced-signing-secret-0123456789';
    await using receiver = await startReceiver(({ response }) => {
      response
        .writeHead(418)
        .end(`Cannot POST /in/T0ken8Path ${replaced} ${'x'.repeat(900)} top-secret-token`);
    });
    const { endpoint, make } = await sent(`${receiver.url}/in/T0ken8Path`, {
      ...{ secret: replaced, rules: { auth: { type: 'bearer', token: 'top-secret-token' } } },
    });
    await server.container.endpointSecrets.rotate(endpoint, { graceSeconds: 3600 });
    const { url } = await make({ include_payload: true });
    const { text } = await textOf(url);
    assert.match(text, /x{900}/);
    assert.doesNotMatch(text, /replaced-signing|top-s|T0ken8/);
  });

  it('names no host and no secret of now for what was sent before the URL was changed', async () => {
    await using receiver = await startReceiver(({ response }) => {
      response.writeHead(418).end('Cannot POST /in/T0ken8Path');
    });
    const { api, appId, endpoint, make } = await sent(`${receiver.url}/in/T0ken8Path`, {});
    const { url } = await make({ include_payload: true });
    assert.match((await textOf(url)).text, /Cannot POST/);
    const moved = receiver.url.replace('127.0.0.1', 'localhost');
    await server.container.endpoints.update(endpoint, { url: moved });
    const { text } = await textOf(url);
    assert.match(text, /to an endpoint whose URL was changed since/);
    assert.match(text, /answered 418\.[^]*The body is left out/);
    assert.doesNotMatch(text, /localhost:|T0ken8/);
    const { first } = await api.get(`/apps/${appId}/webhook_attempts`);
    await api.post(`/apps/${appId}/webhook_attempts/${first.id}/replay`, {});
    await eventually('sent there, too', async () => (await textOf(url)).text.includes('localhost:'));
    assert.match((await textOf(url)).text, /since <time[^]*; the attempts before went to another URL/);
  });

  it('ends when it expires or is taken back, and is worthless when altered', async () => {
    const world = await sent('http://127.0.0.1:9/', {});
    const kept = await world.make({ expires_in: 3600 });
    const taken = await world.make({});
    const one = async (url: string) => (await open(url)).status;
    assert.deepEqual([await one(kept.url), await one(taken.url)], [200, 200]);
    assert.equal((await world.list()).length, 2);
    assert.equal((await world.api.delete(`${world.links}/${taken.id}`)).status, 204);
    assert.equal((await world.api.delete(`${world.links}/${taken.id}`)).status, 404);
    assert.equal(await one(taken.url), 404);

    const token = kept.url.split('/').at(-1) ?? '';
    const longer = Buffer.from(token.split('.')[0] ?? '', 'base64url')
      .toString()
      .replace(/\d{13}/, '9999999999999');
    for (const bad of [
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      `${Buffer.from(longer).toString('base64url')}.${token.split('.')[1] ?? ''}`,
      token.split('.')[0],
      'x'.repeat(5000),
      '%00',
      '%E0%A4%A',
    ]) {
      const { status, text } = await textOf(`${server.url}/evidence/${String(bad)}`);
      assert.ok([400, 404].includes(status), `${String(bad)}: ${String(status)}`);
      assert.match(text, /This link has expired, was taken back, or is not complete/);
    }
    clock.jump(2);
    assert.equal(await one(kept.url), 404);
    assert.deepEqual(await world.list(), []);

    await server.container.pool.query('delete from messages where account_id = $1', [world.api.accountId]);
    assert.equal(await one(kept.url), 404, 'what it shows is gone');
  });

  it('is of one account, in the audit log without its token, and nowhere as it is', async () => {
    const world = await sent('http://127.0.0.1:9/', {});
    const made = await world.make({});
    const stranger = await apiOfNewAccount(server);
    for (const { status } of [
      await stranger.get(world.links),
      await stranger.post(world.links, { endpoint_id: world.endpoint.id }),
      await stranger.delete(`${world.links}/${made.id}`),
    ]) {
      assert.equal(status, 404);
    }
    const other = await sent('http://127.0.0.1:9/', {});
    assert.equal((await other.api.post(other.links, { endpoint_id: world.endpoint.id })).status, 404);
    const invalid = await world.api.post(world.links, { endpoint_id: world.endpoint.id, expires_in: 60 });
    assert.equal(invalid.status, 422);
    await world.api.delete(`${world.links}/${made.id}`);
    const { rows: events } = await world.api.get('/account/audit_events?q=evidence_link');
    assert.deepEqual(
      events.map(({ action }) => action),
      ['evidence_link.revoked', 'evidence_link.created'],
    );
    const token = made.url.split('/').at(-1) ?? '';
    assert.ok(!JSON.stringify(events).includes(token));
    const again = await world.make({});
    const { rows } = await server.container.pool.query<{ text: string }>(
      'select evidence_links::text as text from evidence_links where account_id = $1',
      [world.api.accountId],
    );
    assert.equal(rows.length, 1);
    assert.ok(!rows[0]?.text.includes(again.url.split('/').at(-1) ?? '-'));
    assert.equal((await open(again.url)).status, 200);
    await world.api.delete(`/apps/${world.appId}`);
    assert.equal((await open(again.url)).status, 404, 'ends with its app');
  });

  it('is made, shown once and taken back on the page of the delivery, by who may edit', async () => {
    const { accountId, resourceId } = await server.createAccount();
    const browser = new CookieBrowser(server);
    await browser.signOn(resourceId, { email: 'kim@acme.example' });
    const { apps, acceptor, endpoints, subscriptions, webhookEvents } = server.container;
    const app = await apps.create(accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    const subscription = await subscriptions.create(app, { name: 'Globex' });
    const endpoint = await endpoints.create(subscription, { url: 'http://127.0.0.1:9/', version: '1.0' });
    const target = { accountId, appId: app.id, subscriptionId: null, endpointId: null };
    const { message } = await acceptor.accept({
      ...{ target, eventType: EVENT_TYPE, version: '1.0', dataText: '{}', eventId: null },
      ...{ overridePayload: false, headers: null, deliverAt: null },
    });
    const page = `/apps/${app.id}/messages/${message.id}/deliveries/${endpoint.id}`;
    const made = await browser.post(`${page}/evidence`, { expires_in: '86400', payload: 'on' });
    const [url = ''] = /http[^"<\s]+\/evidence\/[\w.-]+/.exec(made.text) ?? [];
    assert.equal((await open(url)).status, 200);
    const listed = (await browser.get(page)).text;
    assert.ok(!listed.includes(url), 'shown once');
    assert.match(listed, /by <bdi>kim@acme\.example<\/bdi>,\s+with the payload/);
    assert.equal((await browser.post(`${page}/evidence`, { expires_in: '1' })).status, 400);
    const [, link = ''] = /name="link" value="([^"]+)"/.exec(listed) ?? [];
    await server.container.models.Member.update({ role: 'viewer' }, { where: { accountId } });
    assert.equal((await browser.post(`${page}/evidence`, {})).status, 403);
    assert.equal((await browser.post(`${page}/evidence/revoke`, { link })).status, 403);
    assert.doesNotMatch((await browser.get(page)).text, /Make an evidence link/);
    await server.container.models.Member.update({ role: 'member' }, { where: { accountId } });
    assert.equal((await browser.post(`${page}/evidence/revoke`, { link })).location, page);
    assert.equal((await open(url)).status, 404);
  });

  it('is opened so often from one network, and no oftener; what is made up writes nothing', async () => {
    const { pool } = server.container;
    const { make } = await sent('http://127.0.0.1:9/', {});
    const [one, other] = [await make({}), await make({})];
    // At one moment to come, because the bucket fills again while a slow machine takes from it.
    const rates = new SignInRates({
      pool,
      clock: createStillClock(new Date(clock.now() + 600_000).toISOString()),
    });
    const takeFrom = (network: number) => rates.takeEvidence(`203.0.113.${String(network)}`, one.id);
    // Each link for itself, whatever the networks.
    for (let from = 0; from < 60; from += 1) await takeFrom(from);
    await assert.rejects(takeFrom(60), TooManyRequests);
    assert.deepEqual([(await open(one.url)).status, (await open(other.url)).status], [429, 200]);

    await pool.query('delete from sign_in_rates');
    for (let tried = 0; tried < 70; tried += 1) {
      assert.equal((await open(`${server.url}/evidence/made-up.signature`)).status, 404);
    }
    assert.equal((await pool.query('select from sign_in_rates')).rowCount, 0);
    let status = 200;
    for (let tried = 0; tried < 70 && status === 200; tried += 1) {
      ({ status } = await open((tried % 2 === 0 ? one : other).url));
    }
    assert.equal(status, 429);
  });

  const open = (url: string) => fetch(url, { redirect: 'manual' });

  async function textOf(url: string) {
    const response = await open(url);
    return { status: response.status, text: await response.text() };
  }

  /** A message that was sent once to an endpoint. */
  async function sent(url: string, changes: EndpointChanges & { secret?: string }) {
    const api = await apiOfNewAccount(server);
    const { apps, endpoints, subscriptions, webhookEvents } = server.container;
    const app = await apps.create(api.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    const subscription = await subscriptions.create(app, { name: 'Globex' });
    const endpoint = await endpoints.create(subscription, { ...changes, url, version: '1.0' });
    const { body: posted } = await api.post(`/apps/${app.id}/messages`, {
      event_type: EVENT_TYPE,
      version: '1.0',
      data: { note: 'payload-of-the-order' },
      headers: { 'X-Order-Key': 'message-header-secret' },
    });
    const links = `/apps/${app.id}/messages/${posted.id}/evidence_links`;
    const attempts = () => api.get(`/apps/${app.id}/webhook_attempts?message_id=${posted.id}`);
    await eventually('an attempt', async () => (await attempts()).rows.length > 0);
    return {
      ...{ api, appId: app.id, endpoint, links },
      make: async (input: object) => {
        const { status, body } = await api.post(links, { endpoint_id: endpoint.id, ...input });
        assert.equal(status, 201);
        return body;
      },
      list: async () => (await api.get(links)).rows,
    };
  }
});
