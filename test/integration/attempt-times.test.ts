import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeOfId } from '#src/infra/lib/ids.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import type { Exchange } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createStillClock } from '#test/support/still-clock.ts';

const HOUR_MS = 3_600_000;
const DURATION_MS = 20;

const answerSlowly = ({ response }: Exchange) => void setTimeout(() => response.end(), DURATION_MS);

/** An attempt at a receiver that takes its time, as the API shows it; and how to list the attempts of its app. */
async function slowAttempt(server: TestServer) {
  await using receiver = await startReceiver(answerSlowly);
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api, { url: receiver.url });
  await api.post(`/apps/${app.id}/messages`, { event_type: 'user.created', version: '1.0', data: 1 });
  const list = async (query = '') => (await api.get(`/apps/${app.id}/webhook_attempts${query}`)).rows;
  await eventually('logged', async () => (await list()).length === 1);
  const [attempt] = await list();
  assert.ok(attempt);
  return { accountId: api.accountId, attempt, list };
}

test('an attempt began its duration before it ended, to the millisecond; lists are filtered by that', async () => {
  await using server = await startTestServer();
  const { attempt, list } = await slowAttempt(server);
  const beganAtMs = timeOfId(attempt.id) - Number(attempt['duration_ms']);
  const countOf = async (filter: 'since' | 'until', ms: number) =>
    (await list(`?${filter}=${new Date(ms).toISOString()}`)).length;

  assert.ok(Number(attempt['duration_ms']) >= DURATION_MS - 1);
  assert.equal(Date.parse(attempt.created_at), beganAtMs);
  assert.equal(await countOf('since', beganAtMs), 1);
  assert.equal(await countOf('since', beganAtMs + 1), 0);
  assert.equal(await countOf('until', beganAtMs + 1), 1);
  assert.equal(await countOf('until', beganAtMs), 0);
});

test('an attempt is counted in the hour in which it began', async () => {
  const hourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const clock = createStillClock(new Date(hourMs - 1).toISOString());
  await using server = await startTestServer({ clock });
  const { accountId, attempt } = await slowAttempt(server);
  assert.ok(timeOfId(attempt.id) >= hourMs, 'it ended in the next hour');
  const hours = await server.container.deliveryCounts.byHour({ accountId });
  const counted = hours.filter(({ succeeded }) => succeeded > 0).map(({ hour }) => hour.getTime());
  assert.deepEqual(counted, [hourMs - HOUR_MS]);
});
