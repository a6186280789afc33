import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request } from 'undici';
import { answer, inTurn } from '#test/support/behaviours.ts';
import { startReceiver } from '#test/support/receiver.ts';

test('a receiver records each request as it came and lets a test await it', async () => {
  await using receiver = await startReceiver();
  const arrival = receiver.nextRequest();

  await request(`${receiver.url}/hooks?a=1`, {
    method: 'POST',
    headers: { 'X-Case': 'kept' },
    body: 'as sent',
  });

  const received = await arrival;
  assert.equal(received.method, 'POST');
  assert.equal(received.path, '/hooks?a=1');
  assert.equal(received.body.toString(), 'as sent');
  assert.ok(received.rawHeaders.includes('X-Case'));
});

test('a receiver answers in turn', async () => {
  await using receiver = await startReceiver(inTurn(answer(500), answer(204)));

  const first = await request(receiver.url);
  await first.body.dump();
  const second = await request(receiver.url);
  await second.body.dump();

  assert.deepEqual([first.statusCode, second.statusCode], [500, 204]);
  assert.equal((await receiver.firstRequests(2)).length, 2);
});

test('a request that does not come is an error, not a test that hangs', async () => {
  await using receiver = await startReceiver();
  await assert.rejects(receiver.nextRequest(5), /waited 5 ms for request 1, have 0/);
});
