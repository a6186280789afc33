import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EndpointChanges } from '#src/domain/endpoints/endpoints.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { answer, inTurn } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

const issuesOf = ({ app }: SubscribedApp) => server.container.issues.list(app, {}, firstPage(100));
async function onlyIssueOf(subscribed: SubscribedApp) {
  const [issue, ...others] = await issuesOf(subscribed);
  assert.ok(issue !== undefined && others.length === 0);
  return issue;
}

const statusesOf = async (subscribed: SubscribedApp) =>
  (await issuesOf(subscribed)).map(
    ({ cause, statusCode, status }) => `${cause} ${String(statusCode)} ${status}`,
  );

async function attemptsOf({ app }: SubscribedApp, count: number): Promise<void> {
  await eventually(`${String(count)} attempts`, async () => {
    const attempts = await server.container.attempts.page(app, {}, firstPage(100));
    return attempts.length >= count;
  });
}

const turnOn = async (subscribed: SubscribedApp, changes: EndpointChanges = {}) =>
  server.container.endpoints.update(await subscribed.endpointNow(), { status: 'active', ...changes });

const becomes = (subscribed: SubscribedApp, wanted: string[]) =>
  eventually(wanted.join(), async () => (await statusesOf(subscribed)).join() === wanted.join());

describe('an issue', () => {
  test('does not open for an attempt that is retried with success', async () => {
    await using receiver = await startReceiver(answer(500));
    const subscribed = await createSubscribedApp(server, {
      url: receiver.url,
      retryDelaysSeconds: [0, 0, 60],
    });
    receiver.behave(inTurn(answer(500), answer(200)));
    await subscribed.post();
    await attemptsOf(subscribed, 2);
    assert.deepEqual(await issuesOf(subscribed), []);
  });

  test('opens when the endpoint is marked as failing, and ends by the next success', async () => {
    await using receiver = await startReceiver(answer(503));
    const subscribed = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [60] });
    await subscribed.post();
    await becomes(subscribed, ['server_error 503 open']);
    receiver.behave(answer(200));
    await eventually('known', async () => {
      const app = await server.container.directory.get(subscribed.app.id);
      return app?.endpoints.get(subscribed.endpoint.id)?.hasIssues === true;
    });
    await subscribed.post();
    await becomes(subscribed, ['server_error 503 resolved']);
    const issue = await onlyIssueOf(subscribed);
    assert.equal(issue.resolvedBy, 'auto');
  });

  test('of an endpoint that was turned off stays until it succeeds, and opens anew as the same row', async () => {
    await using receiver = await startReceiver(answer(404));
    const subscribed = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [] });
    await subscribed.post();
    await becomes(subscribed, ['not_found 404 open']);
    const first = await onlyIssueOf(subscribed);
    receiver.behave(answer(200));
    await turnOn(subscribed);
    assert.deepEqual(await statusesOf(subscribed), ['not_found 404 open']);
    await subscribed.post();
    await becomes(subscribed, ['not_found 404 resolved']);

    receiver.behave(answer(404));
    await subscribed.post();
    await becomes(subscribed, ['not_found 404 open']);
    const again = await onlyIssueOf(subscribed);
    assert.equal(again.id, first.id);
    assert.equal(again.count, 1);
    assert.equal(again.resolvedAt, null);
    assert.deepEqual(again.firstSeenAt, first.firstSeenAt);
    assert.ok(again.openedAt > first.openedAt);
  });

  test('opens once, and is announced once, whichever of many processes write its failures', async () => {
    const subscribed = await createSubscribedApp(server, { url: 'http://127.0.0.1:9/' });
    const { accountId } = subscribed.app;
    await server.container.ownEndpoints.create(accountId, { url: 'http://127.0.0.1:9/own' });
    const writers = Array.from({ length: 4 }, () => new OutcomeWriter(server.container));
    const failed = () =>
      outcomeOf(workFor(subscribed), {
        state: 'failed',
        turnsOff: 'attempts_exhausted',
        attempt: { succeeded: false, statusCode: 500, outcome: 'status' },
      });
    await Promise.all(writers.flatMap((writer) => [writer.write(failed()), writer.write(failed())]));
    const issue = await onlyIssueOf(subscribed);
    assert.equal(issue.count, 8);
    const { rows } = await server.container.pool.query<{ data: { issue: { id: string } } }>(
      `select data->'data' as data from pgboss.job where name = 'own-webhooks'
         and data->>'accountId' = $1 and data->>'type' = 'issue.opened'`,
      [accountId],
    );
    assert.deepEqual(
      rows.map(({ data }) => data.issue.id),
      [issue.id],
    );
  });

  test('is one for each cause and status', async () => {
    await using receiver = await startReceiver(inTurn(answer(500), answer(401), answer(403), answer(500)));
    const subscribed = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [] });
    for (const attempts of [1, 2, 3, 4]) {
      await subscribed.post();
      await attemptsOf(subscribed, attempts);
      await eventually('off', async () => (await subscribed.endpointNow()).status === 'inactive');
      await turnOn(subscribed);
    }
    await becomes(subscribed, ['unauthorized 403 open', 'unauthorized 401 open', 'server_error 500 open']);
    const counts = (await issuesOf(subscribed)).map(({ count }) => count);
    assert.deepEqual(counts, [1, 1, 2]);
  });

  test('that is acknowledged goes on as such, and is over with the endpoint', async () => {
    await using receiver = await startReceiver(answer(500));
    const subscribed = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [] });
    await subscribed.post();
    await becomes(subscribed, ['server_error 500 open']);
    const issue = await onlyIssueOf(subscribed);
    await server.container.issues.setStatus(subscribed.app, issue.id, 'acknowledged');
    await turnOn(subscribed);
    await subscribed.post();
    await attemptsOf(subscribed, 2);
    await eventually('counted', async () => (await issuesOf(subscribed))[0]?.count === 2);
    assert.deepEqual(await statusesOf(subscribed), ['server_error 500 acknowledged']);

    await server.container.endpoints.delete(await subscribed.endpointNow());
    const over = await onlyIssueOf(subscribed);
    assert.deepEqual([over.status, over.resolvedBy, over.endpoint], ['resolved', 'auto', null]);
  });

  test('of a message that its policy gives up outlives the success of another message', async () => {
    await using receiver = await startReceiver(inTurn(answer(422), answer(200)));
    const subscribed = await createSubscribedApp(server, {
      url: receiver.url,
      rules: {
        retry_policy: {
          strategy: 'linear',
          interval_seconds: 60,
          count: 3,
          response_status_codes: ['500-599'],
        },
      },
    });
    await subscribed.post();
    await becomes(subscribed, ['rejected 422 open']);
    await subscribed.post();
    await attemptsOf(subscribed, 2);
    assert.deepEqual(await statusesOf(subscribed), ['rejected 422 open']);
    await server.container.pool.query(`update issues set ends_from = last_seen_at where app_id = $1`, [
      subscribed.app.id,
    ]);
    await subscribed.post();
    await becomes(subscribed, ['rejected 422 resolved']);
  });
});
