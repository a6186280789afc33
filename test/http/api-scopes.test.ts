import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Scope, SCOPES } from '#src/domain/api-keys/api-key.ts';
import { RIGHTS } from '#src/domain/roles/roles.ts';
import type { DescribedOperation } from '#test/support/api-description.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

/** Operations that read by POST, or read what reading alone does not allow. */
const UNLIKE_THEIR_METHOD: Record<string, Scope> = {
  explainMessage: 'read',
  testFilter: 'read',
  getEndpointSecret: RIGHTS.secrets.scope,
  getWebhookEndpointSecret: RIGHTS.secrets.scope,
  listApiKeys: RIGHTS.keys.scope,
};

describe('the scopes of API keys', () => {
  let server: TestServer;
  let operations: DescribedOperation[];
  before(async () => {
    server = await sharedServer('web');
    operations = server.description.operations.filter(({ operation }) => operation.security === undefined);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('are named by every operation, as its method suggests', () => {
    assert.ok(operations.length > 60, String(operations.length));
    assert.equal(
      server.description.operations.length,
      operations.length + 1,
      'the description alone is public',
    );
    for (const { method, operation } of operations) {
      const id = operation.operationId.replace(/InApp$/, '');
      const writes = /^(post|publish)/.test(id) ? RIGHTS.send.scope : RIGHTS.edit.scope;
      const usual = method === 'get' ? RIGHTS.see.scope : writes;
      assert.equal(operation['x-scope'], UNLIKE_THEIR_METHOD[id] ?? usual, id);
    }
  });

  for (const scope of SCOPES) {
    it(`let a key with only ${scope} do what needs that, and nothing else`, async () => {
      const api = await apiOfNewAccount(server);
      const { body } = await api.post('/account/api_keys', { name: 'CI', scopes: [scope] });
      const apiKey = String(body['api_key']);
      for (const described of operations) {
        const { operationId: id, 'x-scope': needed } = described.operation;
        const { status, code } = await send(described, apiKey);
        if (needed === scope) assert.ok(status !== 403 && status < 500, `${id}: ${String(status)}`);
        else assert.deepEqual([status, code], [403, 'missing_scope'], id);
      }
    });
  }

  it('are said of each operation in the reference, and of each right in the article', async () => {
    const reference = await (await fetch(`${server.url}/docs/api`)).text();
    const said = [...reference.matchAll(/A key needs the scope <code>([^<]+)<\/code>/g)].map(
      ([, one]) => one,
    );
    assert.deepEqual(countOf(said), countOf(operations.map(({ operation }) => operation['x-scope'])));
    const article = await (await fetch(`${server.url}/docs`)).text();
    for (const { allows, scope } of Object.values(RIGHTS)) {
      const [, row = ''] = article.split(`>${allows}</th>`);
      const [cells = ''] = row.split('</tr>');
      assert.deepEqual(/<code>([^<]+)<\/code>/.exec(cells)?.[1] ?? null, scope, allows);
    }
  });

  /** Nothing that the address names is there, and a body is not what is wanted. */
  async function send({ path, method, operation }: DescribedOperation, apiKey: string) {
    const response = await fetch(`${server.url}/api/v1${path.replaceAll(/\{\w+\}/g, () => randomUUID())}`, {
      method: method.toUpperCase(),
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(operation.requestBody === undefined ? {} : { body: '"neither"' }),
    });
    const text = await response.text();
    const { code } = (response.status === 403 ? JSON.parse(text) : {}) as { code?: string };
    return { status: response.status, code };
  }
});

const countOf = (scopes: (string | undefined)[]) =>
  SCOPES.map((scope) => scopes.filter((one) => one === scope).length);
