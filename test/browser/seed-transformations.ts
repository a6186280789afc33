import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { TestServer } from '#test/support/server.ts';
import type { Seeded } from './seed.ts';

/** A transformation of two versions that an endpoint uses, and an execution that failed. Answers their pages' paths. */
export async function seedTransformations(
  { container }: TestServer,
  { accountId, paths }: Seeded,
): Promise<Record<string, string>> {
  const app = await container.apps.get(accountId, paths['app']?.split('/').at(-1) ?? '');
  const code = 'addHandler("transform", (request) => {\n  console.log(request.id);\n  return request;\n});';
  const made = await container.transformations.create(app, { name: 'Flatten orders', code });
  await container.transformations.update(made, { code: code.replace('request.id', 'request.body') });
  const endpoint = await container.endpoints.getOfApp(app, paths['endpoint']?.split('/').at(-1) ?? '');
  await container.endpoints.update(endpoint, { transformationId: made.id });
  const id = uuidv7(Date.now());
  container.executions.record({
    ...{ id, accountId, appId: app.id, transformationId: made.id, messageId: uuidv7(Date.now()) },
    ...{ endpointId: endpoint.id, version: 1, outcome: 'failed', durationMs: 3, result: null },
    request: { headers: { 'content-type': 'application/json' }, body: '{"id":42}' },
    console: [{ level: 'log', text: 'seen' }],
    error: 'TypeError: request.body.items is not iterable (line 3, column 7)',
  });
  const list = `${paths['app'] ?? ''}/transformations`;
  const one = `${list}/${made.id}`;
  return {
    transformations: list,
    'transformation-new': `${list}/new`,
    transformation: one,
    'transformation-version': `${one}/versions/1`,
    execution: `${one}?execution=${id}`,
  };
}
