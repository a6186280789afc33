import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { DescribedOperation } from '#test/support/api-description.ts';
import { openObjectsIn, STRANGER, strangersIn } from '#test/support/api-strangers.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { sendExactly } from '#test/support/published-clients.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);
const { document, operations } = server.description;

interface Refusal {
  code: string;
  details: { path: string; message: string }[];
}

/** What is asked for is refused before it is looked for, so any id will do. */
async function refusalOf(described: DescribedOperation, { query = '', body = '' }): Promise<Refusal> {
  const path = described.path.replaceAll(/\{\w+\}/g, '0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f');
  const type = Object.keys(described.operation.requestBody?.content ?? {})[0] ?? 'application/json';
  const { status, text } = await sendExactly(`${server.url}/api/v1${path}${query}`, {
    method: described.method.toUpperCase(),
    headers: { authorization: `Bearer ${api.apiKey}`, 'content-type': type },
    body,
  });
  assert.equal(status, 422, text);
  return JSON.parse(text) as Refusal;
}

function assertNamed({ code, details }: Refusal, path: string) {
  assert.equal(code, 'unknown_parameter');
  assert.ok(
    details.some((detail) => detail.path === path && detail.message.startsWith('is unknown')),
    `${path} in ${JSON.stringify(details)}`,
  );
}

describe('what an operation does not know, it refuses and names', () => {
  for (const described of operations) {
    const { operationId, requestBody, parameters = [] } = described.operation;

    test(`${operationId}: a query parameter`, async () => {
      assertNamed(await refusalOf(described, { query: `?${STRANGER}=1` }), STRANGER);
      assertNamed(await refusalOf(described, { query: `?${STRANGER}` }), STRANGER);
    });

    test(`${operationId}: a parameter that comes twice, or is misspelt`, async () => {
      const [name] = parameters.filter((one) => one.in === 'query').map((one) => one.name);
      if (name === undefined) return;
      const misspelt = await refusalOf(described, { query: `?${name.replace(/(.)(.)$/, '$2$1')}=1` });
      assert.equal(misspelt.details[0]?.message, `is unknown; did you mean ${name}?`);
      const { details } = await refusalOf(described, { query: `?${name}=1&${name}=2` });
      assert.deepEqual(details[0], { path: name, message: 'is given more than once' });
    });

    test(`${operationId}: a member of the body`, async () => {
      const [content] = Object.entries(requestBody?.content ?? {});
      if (content === undefined) {
        assertNamed(await refusalOf(described, { body: `{"${STRANGER}":1}` }), STRANGER);
        return;
      }
      const [type, { schema }] = content;
      if (type !== 'application/json') return;
      const strangers = strangersIn(schema, document);
      assert.ok(strangers.length > 0);
      for (const { value, path } of strangers) {
        // A batch that is a bare list is read as one with the list in `messages`.
        const shown = Array.isArray(value) ? `messages.${path}` : path;
        assertNamed(await refusalOf(described, { body: JSON.stringify(value) }), shown);
      }
      assert.deepEqual(openObjectsIn(schema, document), []);
    });
  }
});
