import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { callPartner, provisionAt, provisionBody } from '#test/support/partner-calls.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

describe("Heroku's partner API", () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ env: { HEROKU_ADDON_PASSWORD: 'new-password,old-password,' } });
  });
  after(() => server[Symbol.asyncDispose]());

  const countOf = async (sql: string, ...values: unknown[]) => {
    const { rows } = await server.container.pool.query<{ count: number }>(
      `select count(*)::int as count from ${sql}`,
      values,
    );
    return rows[0]!.count;
  };
  const provision = (changes?: object) => provisionAt(server, changes);
  const accountStatus = async (apiKey: string | undefined) => {
    const url = `${server.url}/api/v1/account`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${String(apiKey)}` } });
    await response.body?.cancel();
    return response.status;
  };

  describe('credentials come before everything', () => {
    const wrong = ['wrong:secret', 'hosted-hooks:', 'hosted-hooks:wrong', 'other:new-password', ':', null];
    for (const credentials of wrong) {
      test(`${String(credentials)} is answered 401`, async () => {
        const answer = await callPartner(server, 'POST ', { credentials, body: provisionBody() });
        assert.equal(answer.status, 401);
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic /);
      });
    }

    test('before an unknown id, a wrong method, and a body that is no JSON', async () => {
      const credentials = 'wrong:secret';
      const unknown = await callPartner(server, `DELETE /${randomUUID()}`, { credentials });
      const method = await callPartner(server, 'GET ', { credentials });
      const body = await callPartner(server, 'POST ', { credentials, body: '{' });
      assert.deepEqual([unknown.status, method.status, body.status], [401, 401, 401]);
    });

    test('during a rotation the old password and the new one work', async () => {
      for (const credentials of ['hosted-hooks:new-password', 'hosted-hooks:old-password']) {
        const answer = await callPartner(server, 'POST ', { credentials, body: provisionBody() });
        assert.equal(answer.status, 200);
      }
    });
  });

  describe('provision', () => {
    test('answers the uuid as id, a key that works at once, and a message', async () => {
      const { uuid, answer } = await provision();
      assert.equal(answer.status, 200);
      assert.equal(answer.body?.id, uuid);
      assert.deepEqual(Object.keys(answer.body.config!), ['HOSTEDHOOKS_API_KEY']);
      assert.match(answer.body.message ?? '', /provisioned/);
      assert.equal(await accountStatus(answer.body.config!['HOSTEDHOOKS_API_KEY']), 200);
    });

    test('20 equal requests at the same time make one account and get the identical answer', async () => {
      const body = provisionBody();
      const before = await countOf('accounts');
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => callPartner(server, 'POST ', { body })),
      );
      for (const answer of answers) {
        assert.deepEqual([answer.status, answer.body], [200, answers[0]!.body]);
      }
      assert.equal(await countOf('accounts'), before + 1);
      assert.equal(
        await countOf(
          'api_keys where account_id = (select account_id from heroku_resources where id = $1)',
          body.uuid,
        ),
        1,
      );
    });

    test('the same uuid after a plan change gets the identical answer and keeps the plan', async () => {
      const body = provisionBody();
      const first = await callPartner(server, 'POST ', { body });
      await callPartner(server, `PUT /${body.uuid}`, { body: { plan: 'growth' } });
      const again = await callPartner(server, 'POST ', { body });
      assert.deepEqual(again.body, first.body);
      assert.equal(
        await countOf(
          `accounts join heroku_resources on account_id = accounts.id where heroku_resources.id = $1 and plan = 'growth'`,
          body.uuid,
        ),
        1,
      );
    });

    const accepted: [string, object][] = [
      ['no name, grant or options', { name: undefined, oauth_grant: undefined, options: undefined }],
      ['null for them', { name: null, oauth_grant: null, options: null, region: null }],
      ['an unknown region', { region: 'mars::north-1' }],
      ['fields that we do not know', { heroku_id: 'app1@heroku.com', logplex_token: null, more: [1] }],
      ['no option', { options: {} }],
      ['an add-on in alpha', { plan: 'test' }],
      ['an upper-case uuid', { uuid: randomUUID().toUpperCase() }],
    ];
    for (const [what, changes] of accepted) {
      test(`takes ${what}`, async () => {
        const { uuid, answer } = await provision(changes);
        assert.deepEqual([answer.status, answer.body?.id], [200, uuid]);
      });
    }

    const refused: [string, object, RegExp][] = [
      ['an unknown plan', { plan: 'foo' }, /"foo".*test, hobby, starter, growth, scale/],
      ['no plan', { plan: undefined }, /plan is missing.*hobby/],
      ['options that are no object', { options: 'region=eu' }, /^options must be an object of/],
      [
        'an option that is a list',
        { options: { region: ['eu'] } },
        /^options\.region must be a text, a number or a switch\.$/,
      ],
      [
        'options, because it has none',
        { options: { foo: true, 'api-key': 'x' } },
        /^options do not include --foo: leave it out.* options do not include --api-key/,
      ],
      ['a name with a NUL character', { name: 'a\0b' }, /name/],
      ['a uuid that is none', { uuid: '123' }, /uuid/],
    ];
    for (const [what, changes, message] of refused) {
      test(`answers 422 to ${what}, with a message for the customer`, async () => {
        const { answer } = await provision(changes);
        assert.equal(answer.status, 422);
        assert.match(answer.body?.message ?? '', message);
      });
    }

    test('answers JSON to any Accept, and reads JSON of any content type', async () => {
      for (const [accept, type] of [
        ['text/html', 'text/json'],
        ['application/vnd.heroku-addons+json; version=3', 'application/vnd.heroku-addons+json; version=3'],
        ['image/png', 'text/plain'],
      ] as const) {
        const headers = { accept, 'content-type': type };
        const answer = await callPartner(server, 'POST ', { headers, body: provisionBody() });
        assert.equal(answer.status, 200);
        assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      }
    });

    test('answers 400 with a message to a body that is no JSON', async () => {
      const answer = await callPartner(server, 'POST ', { body: '{' });
      assert.equal(answer.status, 400);
      assert.match(answer.body?.message ?? '', /body/);
    });
  });

  describe('deprovision', () => {
    test('answers 204, then 410; the key stops at once; the uuid never comes back', async () => {
      const { uuid, answer } = await provision();
      const apiKey = answer.body?.config?.['HOSTEDHOOKS_API_KEY'];
      assert.equal(await accountStatus(apiKey), 200);
      const removed = await callPartner(server, `DELETE /${uuid}`);
      assert.deepEqual([removed.status, removed.body], [204, null]);
      assert.equal(await accountStatus(apiKey), 401);
      const again = await callPartner(server, `DELETE /${uuid}`);
      const revived = await callPartner(server, 'POST ', { body: provisionBody({ uuid }) });
      assert.deepEqual([again.status, revived.status], [410, 410]);
      assert.equal(await accountStatus(apiKey), 401);
    });

    test('of a uuid in capitals destroys what belongs to the resource, which is kept in small letters', async () => {
      const { uuid } = await provision();
      assert.equal(
        (await callPartner(server, `PUT /${uuid.toUpperCase()}`, { body: { plan: 'starter' } })).status,
        200,
      );
      assert.equal((await callPartner(server, `DELETE /${uuid.toUpperCase()}`)).status, 204);
      const { rows } = await server.container.pool.query<{ id: string }>(
        `select data->>'resourceId' as id from pgboss.job where name = 'account-purge' and lower(data->>'resourceId') = $1`,
        [uuid],
      );
      assert.deepEqual(
        rows.map(({ id }) => id),
        [uuid, uuid],
      );
    });

    test('leaves a bare uuid', async () => {
      const { uuid } = await provision();
      await callPartner(server, `DELETE /${uuid}`);
      const { rows } = await server.container.pool.query<{ kept: number }>(
        `select num_nonnulls(account_id, name, app_name, region, options) as kept from heroku_resources where id = $1`,
        [uuid],
      );
      assert.deepEqual(rows, [{ kept: 0 }]);
    });

    test('of an unknown uuid answers 410, and a POST that it overtook does not bring it to life', async () => {
      const uuid = randomUUID();
      const removed = await callPartner(server, `DELETE /${uuid}`);
      const late = await callPartner(server, 'POST ', { body: provisionBody({ uuid }) });
      const noUuid = await callPartner(server, 'DELETE /123');
      assert.deepEqual([removed.status, late.status, noUuid.status], [410, 410, 410]);
    });

    test('overlapping with provisions always ends removed, without a key or an account', async () => {
      for (let round = 0; round < 10; round += 1) {
        const body = provisionBody();
        const posts = Array.from({ length: 3 }, () => callPartner(server, 'POST ', { body }));
        const removal = callPartner(server, `DELETE /${body.uuid}`);
        const answers = await Promise.all([...posts, removal]);
        for (const { status } of answers) assert.ok([200, 204, 410].includes(status), String(status));
        const apiKey = server.container.apiKeys.keyForResource(body.uuid);
        assert.equal(await accountStatus(apiKey), 401);
        const again = await callPartner(server, 'POST ', { body });
        assert.equal(again.status, 410);
      }
    });
  });
});
