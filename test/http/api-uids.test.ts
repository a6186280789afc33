import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { after, describe, test } from 'node:test';
import type { JsonSchema } from '#src/infra/lib/openapi.ts';
import { makeWorld } from '#test/support/api-world.ts';
import { makeEvidenceLink } from '#test/support/evidence-provocations.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
const receiver = await startReceiver();
after(async () => {
  await server[Symbol.asyncDispose]();
  await receiver.close();
});
const api = await apiOfNewAccount(server);
const { operations } = server.description;
const apps = await Promise.all([makeApp(api), makeApp(api)]);
for (const { subscription } of apps) await api.patch(`/subscriptions/${subscription.id}`, { uid: 'globex' });
const world = await makeWorld(server, receiver);

test('a uid that is shaped like a UUID works, and one that equals another app’s id does not hide that app', async () => {
  const uid = '11111111-2222-4333-8444-555555555555';
  const { body: first } = await api.post('/apps', { name: 'First', uid });
  assert.equal((await api.get(`/apps/${uid}`)).body.id, first.id);

  const { body: second } = await api.post('/apps', { name: 'Second', uid: first.id });
  assert.equal((await api.get(`/apps/${first.id}`)).body.name, 'First');
  assert.equal((await api.get(`/apps/${second.id}`)).body.name, 'Second');
});

describe('a subscription uid that two apps use', () => {
  const shortForms = operations.filter(({ path }) => path.startsWith('/subscriptions/{subscription}'));

  test('has to be told apart by the app or by our id, and the refusal says so', async () => {
    for (const { path, method } of shortForms) {
      const address = path.replace('{subscription}', 'globex').replaceAll(/\{\w+\}/g, 'x');
      const hasBody = method === 'post' || method === 'patch';
      const { status, body } = await (hasBody
        ? api[method](address, bodyFor(path))
        : api[method === 'get' ? 'get' : 'delete'](address));
      assert.equal(status, 409, `${method} ${path}`);
      assert.ok(apps.some(({ app }) => body.message.includes(`/api/v1/apps/${app.id}/subscriptions/globex`)));
      assert.match(body.message, /its id/);
    }
  });

  test('is told apart by the app in the long form that every address has', async () => {
    for (const { path, method, operation } of shortForms) {
      const long = operations.find((one) => one.path === `/apps/{app}${path}` && one.method === method);
      assert.equal(long?.operation.operationId, `${operation.operationId}InApp`);
    }
    for (const { app, subscription } of apps) {
      assert.equal((await api.get(`/apps/${app.id}/subscriptions/globex`)).body.id, subscription.id);
    }
  });

  test('is told apart when messages are posted, also to what is in memory', async () => {
    const [{ app, subscription }, other] = apps;
    const message = { event_type: 'user.created', version: '1.0', data: 1 };
    for (let count = 0; count < 2; count += 1) {
      const posted = await api.post(`/apps/${app.id}/subscriptions/globex/messages`, message);
      assert.deepEqual([posted.status, posted.body['deliveries_count']], [201, 1]);
      await api.post(`/subscriptions/${subscription.id}/messages`, message);
      const elsewhere = `/apps/${other.app.id}/subscriptions/${subscription.id}/messages`;
      assert.equal((await api.post(elsewhere, message)).status, 404);
    }
    assert.equal((await api.get(`/apps/${app.id}/messages`)).rows.length, 4);
  });
});

/** Good enough to come as far as the subscription. */
function bodyFor(path: string): object {
  const message = { event_type: 'user.created', version: '1.0', data: 1 };
  if (path.endsWith('/messages')) return message;
  if (path.endsWith('/invitations')) return { email: 'kim@acme.example' };
  if (path.endsWith('/test')) return { event_type: 'user.created' };
  return path.endsWith('/endpoints') ? { url: 'https://hooks.example/', version: '1.0' } : {};
}

describe('a uid is never a part of an address that URL parsers drop, "." or ".."', () => {
  const { schemas } = server.description.document.components;
  const at = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => world.ids[name] ?? 'x');
  const headers = { 'content-type': 'application/json' };

  for (const { path, method, operation } of operations) {
    const [content] = Object.values(operation.requestBody?.content ?? {});
    for (const place of placesOfUid(schemas, content?.schema)) {
      test(`${operation.operationId} refuses it as ${place.join('.')}`, async () => {
        for (const uid of ['.', '..']) {
          const body = JSON.stringify({
            ...(content?.example as Record<string, unknown>),
            ...(place.reduceRight<unknown>((value, name) => ({ [name]: value }), uid) as object),
          });
          const answer = await world.call(method, at(path), { body, headers });
          const { details } = (await answer.json()) as { details: { path: string }[] };
          assert.equal(answer.status, 422);
          assert.ok(details.some((detail) => detail.path === place.join('.')));
        }
      });
    }
    if (method === 'put') {
      test(`${operation.operationId} refuses it in its address`, async () => {
        for (const dots of ['%2e', '%2E%2E', '.%2e']) {
          const address = at(path.replace(/\{\w+\}$/, '{dots}')).replace(/x$/, dots);
          assert.equal(await statusOfPut(`${server.url}/api/v1`, address, api.apiKey), 422);
        }
      });
    }
  }

  test('an import passes over a line that has it', async () => {
    const own = await apiOfNewAccount(server);
    const made = { created_at: '2026-01-31T12:00:00.000Z', name: 'Imported', id: randomUUID() };
    const lines = [
      { type: 'header', format: 'hostedhooks-export', version: 1 },
      { type: 'app', uid: '..', ...made },
      { type: 'app', uid: '...', ...made },
    ];
    const answer = await own.post('/import', lines.map((line) => JSON.stringify(line)).join('\n'), {
      'content-type': 'application/x-ndjson',
    });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(
      (await own.get('/apps')).rows.map(({ uid }) => uid),
      ['...'],
    );
  });
});

type Schemas = Record<string, JsonSchema>;

/** The paths of the members that are called `uid`, in an object and the objects inside of it. */
function placesOfUid(schemas: Schemas, schema: JsonSchema = {}): string[][] {
  const { properties = {} } = schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
  return Object.entries(properties).flatMap(([name, property]) =>
    name === 'uid' ? [[name]] : placesOfUid(schemas, property).map((place) => [name, ...place]),
  );
}

/** Without `fetch`, which drops the dots. */
function statusOfPut(base: string, path: string, apiKey: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const { hostname, port, pathname } = new URL(base);
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  request({ hostname, port, path: `${pathname}${path}`, method: 'PUT', headers }, (response) => {
    response.resume();
    resolve(response.statusCode);
  })
    .once('error', reject)
    .end('{}');
  return promise;
}

describe('wherever an address takes the id of an app, a subscription or an endpoint, it takes its uid', () => {
  const uids: Record<string, string> = { app: 'my.app', subscription: 'customer', endpoint: '-_Endpoint.1' };
  const described = operations.filter(({ path }) => /\{(app|subscription|endpoint)\}/.test(path));

  const worldWithUids = async (needed?: readonly string[]) => {
    const world = await makeWorld(server, receiver, needed);
    const { ids, make, patch } = world;
    await patch(`/apps/${ids['app'] ?? ''}`, { uid: uids['app'] });
    await patch(`/subscriptions/${ids['subscription'] ?? ''}/endpoints/${ids['endpoint'] ?? ''}`, {
      uid: uids['endpoint'],
    });
    // Theirs in another app, under the same names where they may be: not meant.
    const other = await make('/apps', { name: 'Other' });
    await make(`/apps/${other.id}/subscriptions`, { name: 'Other', uid: 'other' });
    return world;
  };
  let read: ReturnType<typeof worldWithUids> | undefined;

  for (const { path, method, operation } of described) {
    test(operation.operationId, async () => {
      const needed = path.match(/(?<=\{)\w+(?=\})/g) ?? [];
      const world = await (method === 'get' ? (read ??= worldWithUids()) : worldWithUids(needed));
      const { call, example } = world;
      const { issue = '' } = path.includes('{issue}') ? await world.makeIssue() : {};
      const { id: evidence_link = '' } = path.includes('{evidence_link}')
        ? await makeEvidenceLink(world)
        : {};
      const ids: Record<string, string> = { ...world.ids, issue, evidence_link };
      const shown = (example(operation) ?? undefined) as Record<string, unknown> | undefined;
      const body =
        operation.operationId === 'createEvidenceLink' ? { ...shown, endpoint_id: uids['endpoint'] } : shown;
      const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => uids[name] ?? ids[name] ?? 'x');
      const query = operation.operationId === 'publishAsIs' ? '?event_type=user.created&version=1.0' : '';
      const answer = await call(method, address + query, {
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { 'content-type': 'application/json' },
      });
      const text = await answer.text();
      // Some conflict with what the world has; none says that there is no such thing.
      assert.ok(answer.status < 300 || answer.status === 409, `${String(answer.status)} ${text}`);
      if (method !== 'get') return;
      const byId = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'x');
      assert.equal(text, await (await call(method, byId, {})).text());
    });
  }
});
