import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { requestsFor } from '#test/support/api-arbitraries.ts';
import { makeWorld } from '#test/support/api-world.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';

// Endpoints come to have the strangest addresses.
const server = await startTestServer({ env: { DELIVERY_TIMEOUT_MS: '300' } });
after(() => server[Symbol.asyncDispose]());
const receiver = await startReceiver();
after(() => receiver.close());
const api = await apiOfNewAccount(server);
const { app } = await makeApp(api);

const RUNS_EACH = 15;
const shared = await makeWorld(server, receiver);

// That nothing unlisted is answered, and in no other shape, is looked at by what watches every test server.
test('nothing that is sent to any operation makes it fail', async (t) => {
  for (const described of server.description.operations) {
    const { operation, method } = described;
    await t.test(operation.operationId, async () => {
      // It may end the key that all others come with.
      const isLast = operation.operationId === 'rotateApiKey';
      const world = isLast ? await makeWorld(server, receiver) : shared;
      const requests = requestsFor(described, { document: server.description.document, ids: world.ids });
      await fc.assert(
        fc.asyncProperty(requests, async ({ path, body }) => {
          const answer = await world.call(method, path, {
            ...(body === undefined ? {} : { body }),
            headers: { 'content-type': 'application/json' },
          });
          const text = await answer.text();
          assert.ok(answer.status < 500, `${String(answer.status)} ${text}`);
          if (answer.status < 400) return;
          const { error, message } = JSON.parse(text) as { error: string; message: string };
          assert.equal(error, message);
        }),
        { numRuns: RUNS_EACH, endOnFailure: true },
      );
    });
  }
});

test('whatever JSON is the data, it is answered as it was written', async () => {
  const spacing = fc.constantFrom(undefined, 1, '\t');
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), spacing, async (data, space) => {
      const text = JSON.stringify(data, null, space);
      const sent = `{"data":${text},"event_type":"user.created","version":"1.0"}`;
      const answer = await api.post(`/apps/${app.id}/messages`, sent);
      assert.equal(answer.status, 201);
      assert.ok(answer.text.includes(`"data":${text},"event_type"`));
    }),
    { endOnFailure: true, numRuns: 100 },
  );
});
