import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { JsonSchema } from '#src/infra/lib/openapi.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);
const { app, subscription } = await makeApp(api);

const MEGABYTE = 1024 * 1024;
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

test('every array that a request can hold has a greatest length, and every text', async () => {
  const response = await fetch(`${server.url}/api/v1/openapi.json`);
  const description = (await response.json()) as typeof server.description.document;
  const unbounded: string[] = [];
  const seen = new Set<string>();
  const walk = (schema: unknown, place: string): void => {
    if (Array.isArray(schema)) for (const one of schema) walk(one, place);
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return;
    const { $ref, properties = {}, ...rest } = schema as JsonSchema & Record<string, object | undefined>;
    if (typeof $ref === 'string') {
      const name = $ref.split('/').at(-1) ?? '';
      if (seen.has(name)) return;
      seen.add(name);
      walk(description.components.schemas[name], name);
      return;
    }
    if (!isBounded(rest)) unbounded.push(place);
    for (const [name, member] of Object.entries(properties)) walk(member, `${place}.${name}`);
    for (const part of ['items', 'anyOf', 'oneOf', 'allOf', 'additionalProperties'])
      walk(rest[part], `${place} ${part}`);
  };
  for (const { method, path, operation } of server.description.operations) {
    for (const { name, schema } of operation.parameters ?? []) walk(schema, `${method} ${path}?${name}`);
    for (const { schema } of Object.values(operation.requestBody?.content ?? {}))
      walk(schema, `${method} ${path}`);
  }
  assert.deepEqual(unbounded, []);
});

/** Whether arrays and texts of the schema have a maximum; one of a few values, or of a format, has. */
function isBounded(schema: Record<string, unknown>): boolean {
  const types = [schema['type']].flat();
  if (types.includes('array') && schema['maxItems'] === undefined) return false;
  if (!types.includes('string')) return true;
  return ['maxLength', 'enum', 'const', 'format'].some((keyword) => schema[keyword] !== undefined);
}

describe('a list that is too long is refused before its members are looked at', () => {
  const ones = `[${'1,'.repeat(400_000)}1]`;
  const cases: [string, string][] = [
    [`/subscriptions/${subscription.id}/endpoints/x/replay`, `{"status":${ones}}`],
    [
      `/subscriptions/${subscription.id}/endpoints`,
      `{"url":"https://a.example","version":"1","enabled_events":${ones}}`,
    ],
    [`/apps/${app.id}/webhook_events`, `{"event_type":"a","versions":${ones}}`],
    [`/apps/${app.id}/messages/batch`, ones],
    ['/apps', `{"name":"a","retry_delays":${ones}}`],
    ['/account/api_keys', `{"name":"a","scopes":${ones}}`],
  ];
  for (const [path, body] of cases) {
    test(path.replace(/[0-9a-f-]{36}/, ':id'), async () => {
      const { status, body: refusal } = await api.post(path, body);
      assert.equal(status, 422);
      assert.deepEqual(
        refusal.details.map(({ message }) => message.replace(/\d+/, 'N')),
        ['must be at most N long'],
      );
    });
  }
});

describe('deep JSON', () => {
  const message = (data: string) => `{"event_type":"user.created","version":"1.0","data":${data}}`;

  test('a message of 100,000 levels is refused, wherever it is posted', async () => {
    for (const route of ['messages', 'messages/explain', 'messages/batch']) {
      const body = message(deep(100_000));
      const { status } = await api.post(
        `/apps/${app.id}/${route}`,
        route.endsWith('batch') ? `[${body}]` : body,
      );
      assert.equal(status, 422, route);
    }
  });

  test('is explained as it would be taken', async () => {
    for (const route of ['messages/explain', 'messages']) {
      const { status } = await api.post(`/apps/${app.id}/${route}`, message(deep(15_000)));
      assert.equal(Math.floor(status / 100), 2, route);
    }
  });

  test('breaks no other operation', async () => {
    const bodies = [`{"name":${deep(100_000)}}`, deep(100_000)];
    for (const { method, path, operation } of server.description.operations) {
      if (operation.requestBody === undefined || method === 'get' || path.endsWith('/import')) continue;
      const address = path.replaceAll(/\{(\w+)\}/g, (_, name) => (name === 'app' ? app.id : subscription.id));
      for (const body of bodies) {
        const response = await fetch(`${server.url}/api/v1${address}`, {
          method: method.toUpperCase(),
          headers: { authorization: `Bearer ${api.apiKey}`, 'content-type': 'application/json' },
          body,
        });
        await response.arrayBuffer();
        assert.ok(response.status < 500, `${method} ${path}: ${String(response.status)}`);
      }
    }
  });
});

test('a message of a batch is at most as large as one that is posted alone', async () => {
  const message = (bytes: number) => ({
    event_type: 'user.created',
    version: '1.0',
    data: 'x'.repeat(bytes),
  });
  const path = `/apps/${app.id}/messages/batch`;
  const { status, body } = await api.post(path, [message(10), message(MEGABYTE)]);
  assert.equal(status, 413);
  assert.equal(body.details[0]?.path, 'messages.1');
  assert.equal((await api.post(path, [message(MEGABYTE - 200), message(MEGABYTE - 200)])).status, 201);
});

test('an address that cannot be decoded is refused on every surface', async () => {
  const places = [
    'api/v1/apps',
    'r',
    'portal',
    'apps',
    'docs',
    'assets',
    'heroku/resources',
    'dev/sign_in',
    'x',
  ];
  for (const place of places) {
    for (const method of ['GET', 'POST', 'PUT']) {
      const response = await fetch(`${server.url}/${place}/%E0`, { method, redirect: 'manual' });
      assert.ok(response.status < 500, `${method} /${place}/%E0: ${String(response.status)}`);
    }
  }
  const page = await fetch(`${server.url}/portal/%E0`);
  assert.equal(page.status, 400);
  assert.match(await page.text(), /not well-formed/);
});
