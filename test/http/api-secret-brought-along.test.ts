import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { isOwnSigner, secretWorld, standardSigners } from '#test/support/rotated-secret.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const worldAt = (receiver: Receiver) => secretWorld(server, receiver);

describe('a secret that is brought along', () => {
  test('signs as it is', async () => {
    await using receiver = await startReceiver();
    const { post, rotate } = await worldAt(receiver);
    const secret = 'from elsewhere: ~16..256';
    assert.equal((await rotate({ secret })).secret, secret);
    await post();
    assert.ok(isOwnSigner(await receiver.nextRequest(), secret));
  });

  test('of a Standard Webhooks service signs as its libraries decode it', async () => {
    await using receiver = await startReceiver();
    const { post, rotate } = await worldAt(receiver);
    const secret = `whsec_${Buffer.from(Array.from({ length: 24 }, (_, at) => 255 - at)).toString('base64')}`;
    const rotated = await rotate({ secret });
    assert.equal(rotated.standard_webhooks_secret, secret);
    await post();
    const request = await receiver.nextRequest();
    assert.deepEqual(standardSigners(request, [secret]), [true]);
    assert.ok(isOwnSigner(request, secret));
  });

  test('given again changes nothing, and one that it replaced comes back as the only one of its kind', async () => {
    await using receiver = await startReceiver();
    const { rotate } = await worldAt(receiver);
    const [one, two] = ['a'.repeat(16), 'b'.repeat(256)];
    await rotate({ secret: one, grace_seconds: 0 });
    const second = await rotate({ secret: two });
    assert.deepEqual(await rotate({ secret: two }), second);
    const back = await rotate({ secret: one });
    assert.deepEqual(
      [back.secret, ...back.previous.map(({ secret }) => secret)],
      [one, two, ...second.previous.slice(1).map(({ secret }) => secret)],
    );
  });

  test('when an endpoint is created signs its first attempt, and is told at its own address alone', async () => {
    await using receiver = await startReceiver();
    const { api, appId, path, post } = await worldAt(receiver);
    const endpoints = path.replace(/\/[^/]+\/secret$/, '');
    await api.delete(path.replace(/\/secret$/, ''));
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const made = await api.post(endpoints, { url: receiver.url, version: '1.0', secret });
    assert.deepEqual([made.status, made.text.includes(secret)], [201, false]);
    assert.equal((await api.get(`${endpoints}/${made.body.id}/secret`)).body.secret, secret);
    await post();
    const request = await receiver.nextRequest();
    assert.deepEqual([isOwnSigner(request, secret), standardSigners(request, [secret])], [true, [true]]);
    const refused = await api.patch(`${endpoints}/${made.body.id}`, { secret });
    assert.equal(refused.body.code, 'unknown_parameter', 'a rotation changes it, with a grace');
    assert.equal((await api.get(`/apps/${appId}/endpoints/${made.body.id}`)).text.includes(secret), false);
  });

  test('by PUT of an endpoint is taken as often as it is the same', async () => {
    await using receiver = await startReceiver();
    const { api, appId } = await worldAt(receiver);
    const put = (secret: string) =>
      api.put(`/apps/${appId}/endpoints/mine`, {
        url: receiver.url,
        version: '1.0',
        subscription: { uid: 'their', name: 'Their' },
        secret,
      });
    const statuses = [await put('a'.repeat(16)), await put('a'.repeat(16)), await put('b'.repeat(16))];
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [201, 200, 409],
    );
    const { body } = await api.get('/subscriptions/their/endpoints/mine/secret');
    assert.equal(body.secret, 'a'.repeat(16));
  });

  for (const secret of [
    'a'.repeat(15),
    'a'.repeat(257),
    `${'a'.repeat(20)}\n`,
    'ü'.repeat(20),
    'whsec_aaa=aaaaaaaaaaa',
  ]) {
    test(`cannot be ${JSON.stringify(secret.slice(0, 22))}`, async () => {
      await using receiver = await startReceiver();
      const { api, path, secrets } = await worldAt(receiver);
      const before = await secrets();
      const refused = await api.post(`${path}/rotate`, { secret });
      assert.deepEqual([refused.status, refused.body.details[0]?.path], [422, 'secret']);
      assert.deepEqual(await secrets(), before);
    });
  }
});
