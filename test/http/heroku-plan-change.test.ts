import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { callPartner, provisionAt } from '#test/support/partner-calls.ts';
import { startTestServer } from '#test/support/server.ts';

const server = await startTestServer();
after(() => server[Symbol.asyncDispose]());
const { pool } = server.container;
const provision = (changes?: object) => provisionAt(server, changes);

describe("Heroku's partner API", () => {
  describe('plan change', () => {
    test('goes by the path, whatever uuid the body has; the same plan is no change', async () => {
      const { uuid } = await provision();
      for (const [plan, message] of [
        ['growth', 'Your plan has been updated to: hosted-hooks:growth'],
        ['growth', 'Your plan is already: hosted-hooks:growth'],
        ['hobby', 'Your plan has been updated to: hosted-hooks:hobby'],
      ] as const) {
        const answer = await callPartner(server, `PUT /${uuid}`, { body: { plan, uuid: randomUUID() } });
        assert.deepEqual([answer.status, answer.body?.message], [200, message]);
      }
    });

    test('answers 422 to an unknown plan, 404 to an unknown resource, 410 to a removed one', async () => {
      const { uuid } = await provision();
      const body = { plan: 'growth' };
      const unknownPlan = await callPartner(server, `PUT /${uuid}`, { body: { plan: 'foo' } });
      const unknown = await callPartner(server, `PUT /${randomUUID()}`, { body });
      const noUuid = await callPartner(server, 'PUT /123', { body });
      await callPartner(server, `DELETE /${uuid}`);
      const removed = await callPartner(server, `PUT /${uuid}`, { body });
      const statuses = [unknownPlan, unknown, noUuid, removed].map(({ status }) => status);
      assert.deepEqual(statuses, [422, 404, 404, 410]);
    });

    test('tells of a resource that is not there before it judges the plan', async () => {
      const { uuid } = await provision();
      await callPartner(server, `DELETE /${uuid}`);
      for (const body of [{ plan: 'foo' }, {}]) {
        const unknown = await callPartner(server, `PUT /${randomUUID()}`, { body });
        const removed = await callPartner(server, `PUT /${uuid}`, { body });
        assert.deepEqual([unknown.status, removed.status], [404, 410]);
      }
    });

    test('refuses a plan that allows fewer endpoints than there are, and says what to remove and where', async () => {
      const { uuid } = await provision({ plan: 'starter' });
      await addEndpoints(uuid, 101);
      const refusal = await callPartner(server, `PUT /${uuid}`, { body: { plan: 'hobby' } });
      assert.equal(refusal.status, 422);
      assert.match(
        refusal.body?.message ?? '',
        /101 endpoints.*hobby allows 100.*remove 1 endpoint \(Delete endpoint, at the foot of its page under Apps\)/i,
      );
      await pool.query('delete from endpoints where id = (select id from endpoints order by id limit 1)');
      const change = await callPartner(server, `PUT /${uuid}`, { body: { plan: 'hobby' } });
      assert.equal(change.status, 200);
    });
  });
});

async function addEndpoints(resourceId: string, count: number): Promise<void> {
  const { rows } = await pool.query<{ account_id: string }>(
    'select account_id from heroku_resources where id = $1',
    [resourceId],
  );
  const { account_id: accountId } = rows[0]!;
  const [appId, subscriptionId] = [randomUUID(), randomUUID()];
  await pool.query(`insert into apps (id, account_id, name) values ($1, $2, 'Shop')`, [appId, accountId]);
  await pool.query(`insert into subscriptions (id, account_id, app_id, name) values ($1, $2, $3, 'Acme')`, [
    subscriptionId,
    accountId,
    appId,
  ]);
  await pool.query(
    `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted)
     select gen_random_uuid(), $1, $2, $3, 'https://acme.example/hook', '1.0', '' from generate_series(1, $4)`,
    [accountId, appId, subscriptionId, count],
  );
}
