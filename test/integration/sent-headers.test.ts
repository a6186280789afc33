import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

test("a message cannot speak in its app's own headers", async () => {
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(server, { url: receiver.url, app: { headerPrefix: 'Acme' } });
  const headers = { 'acme-signature': 'forged', 'ACME-Attempt': '99', 'Acme-Trick': '1', 'acmecorp-id': '7' };
  await post({ headers });
  const request = await receiver.nextRequest();
  assert.match(String(request.headers['acme-signature']), /^t=\d+,s=[0-9a-f]{64}$/);
  assert.equal(request.headers['acme-attempt'], '1');
  assert.equal(request.headers['acme-trick'], undefined);
  assert.equal(request.headers['acmecorp-id'], '7');
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  assert.equal(new Set(names).size, names.length);
});

test('an event_id arrives as a header whatever it holds', async () => {
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(server, { url: receiver.url });
  const eventIds = {
    'order-1:paid': 'order-1:paid',
    'two words': 'two%20words',
    'two%20words': 'two%2520words',
    'evil\r\nx-injected: 1': 'evil%0D%0Ax-injected:%201',
    'Größe 😀': 'Gr%C3%B6%C3%9Fe%20%F0%9F%98%80',
    'tab\tand \u007f': 'tab%09and%20%7F',
  };
  for (const [eventId, expected] of Object.entries(eventIds)) {
    await post({ eventId });
    const { headers } = await receiver.nextRequest();
    assert.equal(headers['hostedhooks-event-id'], expected);
    assert.equal(headers['hostedhooks-attempt'], '1');
    assert.equal(headers['x-injected'], undefined);
  }
});
