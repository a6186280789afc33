import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { signInPath, visitorOf } from '#test/support/pages.ts';
import { portalVisitor } from '#test/support/portal-visitor.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const SLOW = { date: new Date(Date.now() + 600_000).toUTCString() };

describe('the signature doctor on pages', () => {
  let server: TestServer;
  let receiver: Receiver;
  let refused: Awaited<ReturnType<typeof refusedDelivery>>;

  before(async () => {
    [server, receiver] = await Promise.all([sharedServer(), startReceiver(answer(401, { headers: SLOW }))]);
    refused = await refusedDelivery();
  });
  after(async () => {
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
    await (receiver as Receiver | undefined)?.close();
  });

  it('is offered on an attempt that was answered 401, with its headers and what the answer tells', async () => {
    const { visitor, attemptPath, request } = refused;
    const page = await visitor.get(attemptPath);
    const [, link = ''] = /href="([^"]*\/signature\?[^"]*)"/.exec(page.text) ?? [];
    const { status, text } = await visitor.get(link.replaceAll('&amp;', '&'));
    assert.equal(status, 200);
    assert.ok(text.includes(`Acme-Signature: ${String(request.headers['acme-signature'])}`));
    assert.match(text, /server's clock is 10 minutes ahead|server&#39;s clock is 10 minutes ahead/);
  });

  it('names the mistake of what is pasted, and neither the right signature nor the secret', async () => {
    const { visitor, path, request, secret } = refused;
    const time = String(request.headers['webhook-timestamp']);
    const made = (key: string | Buffer) =>
      createHmac('sha256', key).update(`${time}.`).update(request.body).digest('hex');
    const fields = {
      headers: Object.entries(request.headers)
        .map(([name, value]) => `${name}: ${String(value)}`)
        .join('\r\n'),
      body: request.body.toString(),
    };
    const ask = (more: Record<string, string>) => visitor.post(path, { ...fields, ...more });
    const decoded = await ask({ computed: made(Buffer.from(secret, 'hex')), secret });
    assert.equal(decoded.status, 200);
    assert.match(decoded.text, /The secret was decoded from hex/);
    assert.ok(!decoded.text.includes(secret), 'the secret is not sent back');
    assert.match((await ask({})).text, /The request is genuine/);
    const rewritten = JSON.stringify(JSON.parse(fields.body), null, 2);
    assert.match((await ask({ body: rewritten })).text, /The body was written again/);
    const forged = fields.headers.replaceAll(/s=[0-9a-f]{64}/g, `s=${'0'.repeat(64)}`);
    const guess = await ask({ headers: forged });
    assert.match(guess.text, /would be refused, and rightly/);
    assert.ok(!guess.text.includes(made(secret)), 'the right signature is not told');
    assert.equal((await ask({ headers: ' ' })).status, 422);
  });

  it('knows no endpoint and no attempt of others', async () => {
    const other = await refusedDelivery();
    const { visitor, path } = refused;
    assert.equal((await visitor.get(other.path)).status, 404);
    assert.equal((await visitor.post(other.path, { headers: 'a: b' })).status, 404);
    assert.equal((await visitor.get(`${path}?attempt=${other.attemptId}`)).status, 404);
  });

  it('are in the portal, too, with how to verify in the names of the provider', async () => {
    const { endpoint, subscription, attemptId, request } = refused;
    const visitor = await portalVisitor(server, subscription, { capabilities: ['view'] });
    const home = `/portal/${subscription.id}/endpoints/${endpoint.id}`;
    const verifying = await visitor.get(`${home}/verifying?language=python`);
    assert.match(verifying.text, /HTTP_ACME_SIGNATURE|Acme-Signature/);
    assert.match(verifying.text, /os\.environ\[&#34;ACME_SIGNING_SECRET&#34;\]/);
    assert.match(verifying.text, /up to 5 attempts, after 1 minute, 5 minutes, 25 minutes and 2\.1 hours/);
    assert.doesNotMatch(verifying.text, /hosted.?hooks/i, 'in its own name');
    const opened = await visitor.get(`${home}/signature?attempt=${attemptId}`);
    assert.ok(opened.text.includes(`Acme-Signature: ${String(request.headers['acme-signature'])}`));
    const { status, text } = await visitor.post(`${home}/signature`, {
      headers: `acme-signature: ${String(request.headers['acme-signature'])}`,
      body: JSON.stringify(JSON.parse(request.body.toString()), null, 2),
    });
    assert.deepEqual([status, text.includes('The body was written again')], [200, true]);
    const other = await refusedDelivery();
    await server.container.endpointSecrets.rotate(other.endpoint, { graceSeconds: 0 });
    const rotated = await other.visitor.get(`${other.path}?attempt=${other.attemptId}`);
    assert.match(rotated.text, /was changed[^]*after this attempt[^]*take those that arrived/);
    assert.doesNotMatch(opened.text, /after this attempt/);
    for (const page of ['verifying', 'signature', `signature?attempt=${other.attemptId}`]) {
      const path = `/portal/${subscription.id}/endpoints/${other.endpoint.id}/${page}`;
      assert.equal((await visitor.get(path)).status, 404, path);
    }
    assert.equal((await visitor.get(`${home}/signature?attempt=${other.attemptId}`)).status, 404);
  });

  async function refusedDelivery() {
    const { app, endpoint, subscription, post } = await createSubscribedApp(server, {
      url: receiver.url,
      app: { headerPrefix: 'Acme' },
    });
    const { message } = await post();
    const request = await receiver.nextRequest();
    const { attempts, endpoints, pool } = server.container;
    const all = () => attempts.page(app, { messageId: message.id }, { limit: 1, offset: 0 });
    await eventually('logged', async () => (await all()).length > 0);
    const [{ id: attemptId } = { id: '' }] = await all();
    const { rows } = await pool.query<{ id: string }>(
      'select id from heroku_resources where account_id = $1',
      [app.accountId],
    );
    const signedOn = await visitorOf(server.url).get(signInPath(server, { resourceId: rows[0]?.id ?? '' }));
    const cookie = (signedOn.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
    return {
      visitor: visitorOf(server.url, cookie),
      endpoint,
      subscription,
      request,
      attemptId,
      secret: endpoints.revealSecret(endpoint),
      path: `/apps/${app.id}/endpoints/${endpoint.id}/signature`,
      attemptPath: `/apps/${app.id}/webhook_attempts/${attemptId}`,
    };
  }
});
