import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const HOUR_MS = 3_600_000;
const DURATION_MS = 10_000;

const server = await startTestServer({ runs: 'web' });
after(() => server[Symbol.asyncDispose]());
const { attempts, deliveryCounts } = server.container;
const settler = new OutcomeWriter(server.container);

/** An app whose endpoint took ten seconds to answer, until `endedAtMs`. */
async function slowAttempt(endedAtMs: number) {
  const subscribed = await createSubscribedApp(server, { url: 'https://receiver.example/' });
  const attempt = { id: uuidv7(endedAtMs), durationMs: DURATION_MS };
  await settler.write(outcomeOf(workFor(subscribed), { attempt }));
  return subscribed;
}

test('an attempt began its duration before it ended, to the millisecond; lists are filtered by that', async () => {
  const endedAtMs = Date.now();
  const beganAtMs = endedAtMs - DURATION_MS;
  const { app } = await slowAttempt(endedAtMs);
  const listed = (filters: { since?: Date; until?: Date }) =>
    attempts.page(app, filters, { limit: 10, offset: 0 });

  const [attempt] = await listed({});
  assert.equal(attempt?.attemptedAt.getTime(), beganAtMs);
  assert.equal((await listed({ since: new Date(beganAtMs) })).length, 1);
  assert.equal((await listed({ since: new Date(beganAtMs + 1) })).length, 0);
  assert.equal((await listed({ until: new Date(beganAtMs) })).length, 1);
  assert.equal((await listed({ until: new Date(beganAtMs - 1) })).length, 0);
});

test('an attempt is counted in the hour in which it began', async () => {
  const hourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const { app } = await slowAttempt(hourMs + DURATION_MS - 1);
  const hours = await deliveryCounts.byHour({ accountId: app.accountId });
  const counted = hours.filter(({ succeeded }) => succeeded > 0).map(({ hour }) => hour.getTime());
  assert.deepEqual(counted, [hourMs - HOUR_MS]);
});
