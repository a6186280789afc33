import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { provocationsOf } from '#test/support/api-provocations.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { startPostgresProxy } from '#test/support/postgres-proxy.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const { operations } = server.description;

describe('the published description', () => {
  test('is OpenAPI 3.1', async () => {
    const published = await fetch(`${server.url}/api/v1/openapi.json`);
    const document = (await published.json()) as Record<string, unknown>;
    assert.deepEqual(document, JSON.parse(JSON.stringify(server.description.document)));
    const { valid, errors } = await new Validator().validate(document);
    assert.ok(valid, JSON.stringify(errors));
  });

  test('may be kept, and read by any origin', async () => {
    const first = await fetch(`${server.url}/api/v1/openapi.json`);
    assert.equal(first.headers.get('access-control-allow-origin'), '*');
    const etag = first.headers.get('etag') ?? '';
    const again = await fetch(`${server.url}/api/v1/openapi.json`, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
  });

  test('names every operation once, and says what each field is', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    // The reference shows a path below a subscription once.
    const shown = operations.filter(({ operation }) => !operation.operationId.endsWith('InApp'));
    const summaries = shown.map(({ operation }) => operation.summary);
    assert.deepEqual(summaries, [...new Set(summaries)]);
    for (const { operation } of operations) {
      for (const { name, description } of operation.parameters ?? []) {
        assert.ok(description, `${operation.operationId}: ${name}`);
      }
    }
  });

  test('gives examples that are as it says', () => {
    for (const { operation } of operations) {
      const contents = [
        ...Object.values(operation.requestBody?.content ?? {}),
        ...Object.keys(operation.responses).flatMap((status) =>
          Object.values(server.description.responseTo(operation, Number(status))?.content ?? {}),
        ),
      ];
      for (const { schema, example } of contents) {
        if (example === undefined) continue;
        assert.deepEqual(server.description.problemsOf(schema, example), [], operation.operationId);
      }
    }
  });
});

// Nouns side by side, because a test waits half of its time; within a noun one by one, because some limits are of a
// process.
const nouns = await Promise.all(
  Array.from(
    Map.groupBy(operations, ({ operation }) => operation.tags[0] ?? ''),
    async ([noun, described]) => ({ noun, described, receiver: await startReceiver() }),
  ),
);
after(() => Promise.all(nouns.map(({ receiver }) => receiver.close())));

describe('every status that an operation lists is given, and as it is described', { concurrency: 4 }, () => {
  for (const { noun, described, receiver } of nouns) {
    describe(noun, { concurrency: 1 }, () => {
      giveEveryStatus(described, receiver);
    });
  }
});

function giveEveryStatus(described: typeof operations, receiver: Receiver): void {
  const provocations = provocationsOf(server, receiver);
  for (const one of described) {
    const { operationId, responses } = one.operation;
    for (const status of Object.keys(responses).map(Number)) {
      if (status === 500 || status === 503) continue;
      // Refused before the address is looked at, as in the short form.
      if (operationId.endsWith('InApp') && status >= 400 && status !== 404 && status !== 409) continue;
      test(`${operationId}: ${String(status)}`, async () => {
        const provoke = provocations(one, status);
        assert.ok(provoke, 'nobody knows how to provoke it: see test/support/api-provocations.ts');
        const answer = await provoke();
        // Its shape is looked at by what watches every answer of a test server.
        assert.equal(answer.status, status, await answer.text());
      });
    }
  }
}

describe('when the database', () => {
  test('is away, every operation answers 503', async () => {
    await using database = await createTestDatabase();
    await using proxy = await startPostgresProxy(database.url);
    await using away = await startTestServer({ databaseUrl: proxy.url });
    const { apiKey } = await apiOfNewAccount(away);
    away.container.apiKeys.invalidate();
    proxy.leadTo('postgres://127.0.0.1:1/none');
    proxy.cutAll();
    await everyOperation(away.url, apiKey, 503);
    proxy.leadTo(database.url);
  });

  test('is not as we expect it, every operation answers 500', async () => {
    await using broken = await startTestServer();
    const { apiKey } = await apiOfNewAccount(broken);
    broken.container.apiKeys.invalidate();
    await broken.container.pool.query('alter table api_keys rename to elsewhere');
    await everyOperation(broken.url, apiKey, 500);
  });
});

async function everyOperation(url: string, apiKey: string, status: number): Promise<void> {
  for (const { path, method, operation } of operations) {
    if (!(String(status) in operation.responses)) continue;
    const response = await fetch(`${url}/api/v1${path.replaceAll(/\{\w+\}/g, 'x')}`, {
      method: method.toUpperCase(),
      headers: { authorization: `Bearer ${apiKey}` },
    });
    assert.equal(response.status, status, operation.operationId);
    await response.text();
  }
}
