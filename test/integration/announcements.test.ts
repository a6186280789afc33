import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { onServer } from '#test/support/database.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

/** Half of the time for which a key is trusted when no announcement arrives. */
const SOON_MS = 5000;

const server = await startTestServer();
after(() => server[Symbol.asyncDispose]());
const { apiKeys, endpoints, pool } = server.container;

async function statusFor(apiKey: string): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/apps`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  await response.text();
  return response.status;
}

const listeners = `from pg_stat_activity where application_name = 'hostedhooks-listen'
  and datname = current_database()`;

/** Cuts the connection that listens, and waits until PostgreSQL has forgotten it. */
async function loseAnnouncements(): Promise<void> {
  const { rows } = await pool.query<{ pid: number }>(`select pid ${listeners}`);
  for (const { pid } of rows) await onServer(`select pg_terminate_backend(${String(pid)})`);
  await eventually('cut', async () => {
    const { rows: left } = await pool.query<{ pid: number }>(`select pid ${listeners}`);
    return left.every(({ pid }) => !rows.some((row) => row.pid === pid));
  });
}

describe('an API key', () => {
  const ends = {
    revoked: 'revoked_at = now()',
    expired: `expires_at = now() - interval '1 second'`,
  };
  for (const [what, change] of Object.entries(ends)) {
    test(`that is ${what} is refused, also by a process that had just let it in`, async () => {
      const { accountId, apiKey } = await server.createAccount();
      assert.equal(await statusFor(apiKey), 200);
      await pool.query(`update api_keys set ${change} where account_id = $1`, [accountId]);
      await eventually('refused', async () => (await statusFor(apiKey)) === 401, SOON_MS);
      apiKeys.invalidate();
      assert.equal(await apiKeys.authenticate(apiKey), null);
    });
  }

  test('that expires later works until then', async () => {
    const { accountId, apiKey } = await server.createAccount();
    await pool.query(`update api_keys set expires_at = now() + interval '1 hour' where account_id = $1`, [
      accountId,
    ]);
    apiKeys.invalidate();
    assert.equal(await statusFor(apiKey), 200);
  });
});

test('what changed while announcements were lost takes effect when they are back', async () => {
  await using before = await startReceiver(answer(500));
  await using now = await startReceiver();
  const subscribed = await createSubscribedApp(server, { url: before.url, retryDelaysSeconds: [3] });
  const revoked = await server.createAccount();

  await loseAnnouncements();
  // Cached again, in the gap, and then changed unheard.
  await subscribed.post();
  await before.nextRequest();
  assert.equal(await statusFor(revoked.apiKey), 200);
  await endpoints.update(subscribed.endpoint, { url: now.url });
  await pool.query('update api_keys set revoked_at = now() where account_id = $1', [revoked.accountId]);

  await eventually('refused', async () => (await statusFor(revoked.apiKey)) === 401, SOON_MS);
  assert.equal((await now.nextRequest()).headers['hostedhooks-attempt'], '2');
  assert.equal(before.requests.length, 1);
});
