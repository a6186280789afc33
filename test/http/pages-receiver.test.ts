import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

describe('the public address of a Hook Helper', () => {
  let server: TestServer;
  let helper: HookHelper;
  let address: string;

  before(async () => {
    server = await sharedServer('web');
    const { accountId } = await server.createAccount();
    helper = await server.container.hookHelpers.create(accountId, { label: 'Helper' });
    address = `${server.url}/r/${helper.token}`;
  });
  after(() => server[Symbol.asyncDispose]());

  const newest = async () => {
    const [request] = await server.container.hookHelpers.requests(helper, { limit: 1 });
    assert.ok(request);
    return request;
  };

  it('keeps any method, the path below it, the headers as spelled and the bytes', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const response = await fetch(`${address}/deep/er?a=1`, {
        method,
        body: Buffer.from([0, 255, 10]),
        headers: { 'X-Spelled': 'so' },
      });
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { ok: true });
      const request = await newest();
      assert.deepEqual([request.method, request.path], [method, '/deep/er?a=1']);
      assert.deepEqual([...request.body], [0, 255, 10]);
      assert.ok(
        request.headers.some(([name, value]) => name.toLowerCase() === 'x-spelled' && value === 'so'),
      );
    }
    assert.equal((await fetch(address)).status, 200);
    assert.deepEqual([(await newest()).method, (await newest()).body.length], ['GET', 0]);
  });

  it('keeps a body that says it is compressed as it came', async () => {
    await fetch(address, { method: 'POST', body: 'not gzip', headers: { 'content-encoding': 'gzip' } });
    assert.equal((await newest()).body.toString(), 'not gzip');
  });

  it('never keeps a cookie: a page on our origin would hand over the visitor’s session', async () => {
    await fetch(address, { method: 'POST', headers: { cookie: 'hostedhooks.sid=secret' } });
    const { headers } = await newest();
    assert.deepEqual(
      headers.find(([name]) => name.toLowerCase() === 'cookie'),
      ['cookie', '[not kept]'],
    );
  });

  it('takes what a webhook of ours can hold, and refuses more than 1,100 KB with 413', async () => {
    assert.equal((await fetch(address, { method: 'POST', body: 'x'.repeat(1100 * 1024) })).status, 200);
    assert.equal((await fetch(address, { method: 'POST', body: 'x'.repeat(1100 * 1024 + 1) })).status, 413);
  });

  it('answers 404 to an unknown token', async () => {
    for (const path of ['/r/unknown', '/r/%00', '/r']) {
      assert.equal((await fetch(`${server.url}${path}`)).status, 404, path);
    }
  });

  it('sets no cookie, and sandboxes its answer', async () => {
    const { headers } = await fetch(address);
    assert.deepEqual(headers.getSetCookie(), []);
    assert.match(headers.get('content-security-policy') ?? '', /sandbox/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  });
});
