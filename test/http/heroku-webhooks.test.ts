import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { countOf, type HerokuAndServer, type Provisioned, startWithHeroku } from '#test/support/heroku.ts';
import { callPartner, cookiesOf, postSignOn, signOnForm } from '#test/support/partner-calls.ts';

const APP = 'sharp-mountain-4005';

describe("Heroku's add-on webhooks", () => {
  let both: HerokuAndServer;
  let installed: Provisioned;
  before(async () => {
    both = await startWithHeroku();
    installed = await both.install();
  });
  after(() => both[Symbol.asyncDispose]());

  const proofOf = async (uuid: string) => {
    const { webhooks } = await both.heroku.platform.read();
    const { secret, authorization } = webhooks.find(({ addOnId }) => addOnId === uuid)!;
    return { secret, authorization: authorization! };
  };
  const sign = (body: string | Buffer, secret: string) =>
    createHmac('sha256', secret).update(body).digest('base64');

  interface Post {
    signature?: string;
    authorization?: string;
    headers?: Record<string, string>;
  }
  const post = async (uuid: string, body: string, { signature, authorization, headers }: Post) => {
    const response = await fetch(`${both.server.url}/heroku/webhooks/${uuid}`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        ...headers,
        ...(signature === undefined ? {} : { 'heroku-webhook-hmac-sha256': signature }),
        ...(authorization === undefined ? {} : { authorization }),
      },
    });
    await response.arrayBuffer();
    return response.status;
  };
  const postSigned = async (uuid: string, body: string) => {
    const { secret, authorization } = await proofOf(uuid);
    return post(uuid, body, { signature: sign(body, secret), authorization });
  };
  const isSyncQueued = async (uuid: string) => {
    const { rows } = await both.server.container.pool.query<{ queued: boolean }>(
      'select is_sync_queued as queued from heroku_resources where id = $1',
      [uuid],
    );
    return rows[0]?.queued;
  };
  const isQuiet = () =>
    eventually('no sync is queued', async () => (await isSyncQueued(installed.uuid)) === false);

  test('a signed one is answered 204 and makes us sync', async () => {
    const syncs = () => countOf(both.heroku, 'GET', `/addons/${installed.uuid}`);
    const before = syncs();
    assert.equal(await postSigned(installed.uuid, '{"action":"update","resource":"app"}'), 204);
    await eventually('synced', () => syncs() > before);
  });

  test('a burst of the same event, repeated as Heroku does, queues at most one sync', async () => {
    await isQuiet();
    const body = JSON.stringify({ id: randomUUID(), action: 'update', resource: 'app' });
    const statuses = await Promise.all(Array.from({ length: 20 }, () => postSigned(installed.uuid, body)));
    assert.deepEqual(new Set(statuses), new Set([204]));
    const { rows } = await both.server.container.pool.query<{ count: number }>(
      `select count(*)::int as count from pgboss.job where name = 'heroku-sync' and state < 'active'`,
    );
    assert.ok(rows[0]!.count <= 1);
  });

  const forgeries: [
    what: string,
    make: (proof: { secret: string; authorization: string }, body: string) => Post,
    status: number,
  ][] = [
    ['without a signature', ({ authorization }) => ({ authorization }), 401],
    ['without our password', ({ secret }, body) => ({ signature: sign(body, secret) }), 401],
    [
      'with a wrong password',
      ({ secret }, body) => ({ signature: sign(body, secret), authorization: 'Bearer x' }),
      403,
    ],
    [
      'signed with another secret',
      ({ authorization }, body) => ({ signature: sign(body, 'x'), authorization }),
      403,
    ],
    [
      'of which a byte was changed',
      ({ secret, authorization }, body) => ({ signature: sign(`${body} `, secret), authorization }),
      403,
    ],
    [
      'with its signature in hex',
      ({ secret, authorization }, body) => ({
        signature: Buffer.from(sign(body, secret), 'base64').toString('hex'),
        authorization,
      }),
      403,
    ],
    ['with an empty signature', ({ authorization }) => ({ signature: '', authorization }), 403],
  ];
  for (const [what, make, status] of forgeries) {
    test(`one ${what} is answered ${String(status)} and does nothing`, async () => {
      await isQuiet();
      const body = '{"action":"update","resource":"app"}';
      assert.equal(await post(installed.uuid, body, make(await proofOf(installed.uuid), body)), status);
      assert.equal(await isSyncQueued(installed.uuid), false);
    });
  }

  test('the address of a resource may be written in capitals', async () => {
    const address = installed.uuid.toUpperCase();
    const { secret, authorization } = await proofOf(installed.uuid);
    assert.equal(await post(address, '{}', { signature: sign('{}', secret), authorization }), 204);
    assert.equal(await post(address, '{}', { signature: sign('{}', 'another'), authorization }), 403);
  });

  test('the secret and password of another resource prove nothing', async () => {
    const other = await both.install();
    const { secret, authorization } = await proofOf(other.uuid);
    const body = '{}';
    assert.equal(await post(installed.uuid, body, { signature: sign(body, secret), authorization }), 403);
    assert.equal(await post(other.uuid, body, { signature: sign(body, secret), authorization }), 204);
  });

  test('an unknown resource answers 404, a removed one 410, more than the limit 413, no JSON 400, packed 415', async () => {
    const removed = await both.install();
    const proof = await proofOf(removed.uuid);
    await callPartner(both.server, `DELETE /${removed.uuid}`);
    const signed = { signature: sign('{}', proof.secret), authorization: proof.authorization };
    assert.equal(await post(removed.uuid, '{}', signed), 410);
    assert.equal(await post(randomUUID(), '{}', signed), 404);
    assert.equal(await post('no-uuid', '{}', signed), 404);
    assert.equal(await postSigned(installed.uuid, JSON.stringify({ x: 'x'.repeat(300 * 1024) })), 413);
    assert.equal(await postSigned(installed.uuid, '{'), 400);
    const { secret, authorization } = await proofOf(installed.uuid);
    const headers = { 'content-encoding': 'gzip' };
    assert.equal(
      await post(installed.uuid, '{}', { signature: sign('{}', secret), authorization, headers }),
      415,
    );
  });

  const signOn = async (email: string) => {
    const person = (await both.heroku.platform.read()).people.find((each) => each.email === email)!;
    const form = signOnForm(both.server, installed.uuid, { email, userId: person.id });
    return cookiesOf(await postSignOn(both.server, form));
  };
  const pageStatus = async (cookie: string) => {
    const page = await fetch(`${both.server.url}/dashboard?addon=${installed.uuid}`, {
      headers: { cookie },
      redirect: 'manual',
    });
    await page.arrayBuffer();
    return page.status;
  };
  const isMember = async (email: string) => {
    const { rowCount } = await both.server.container.pool.query(
      'select from members where account_id = $1 and email = $2',
      [installed.accountId, email],
    );
    return rowCount === 1;
  };
  const leftEvent = async (email: string, createdAt: Date) => {
    const { apps, people } = await both.heroku.platform.read();
    const { id, name } = apps.find((app) => app.name === APP)!;
    const user = people.find((each) => each.email === email)!;
    return JSON.stringify({
      action: 'destroy',
      resource: 'collaborator',
      created_at: createdAt.toISOString(),
      data: { app: { id, name }, user },
    });
  };

  test('a collaborator who is removed at Heroku is signed out by the event itself', async () => {
    await both.heroku.platform.addCollaborator(APP, 'bo@example.com');
    const cookie = await signOn('bo@example.com');
    assert.equal(await pageStatus(cookie), 200);
    // Nothing else removes anybody now.
    both.heroku.fail('GET /apps/:id/collaborators', { status: 503, times: 100 });
    await both.heroku.platform.removeCollaborator(APP, 'bo@example.com');
    assert.equal(await isMember('bo@example.com'), false);
    assert.notEqual(await pageStatus(cookie), 200);
    both.heroku.heal();
  });

  test('an old such event that is replayed does not remove who signed on after it', async () => {
    await both.heroku.platform.addCollaborator(APP, 'cy@example.com');
    const cookie = await signOn('cy@example.com');
    assert.equal(
      await postSigned(installed.uuid, await leftEvent('cy@example.com', new Date(Date.now() - 60_000))),
      204,
    );
    assert.equal(await isMember('cy@example.com'), true);
    await isQuiet();
    assert.equal(await pageStatus(cookie), 200);
  });
});
