import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import type { JsonSchema } from '#src/infra/lib/openapi.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { sendImport } from '#test/support/exported-account.ts';
import { signedInVisitor } from '#test/support/pages.ts';
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

describe('a schema or sample of 101 levels is refused, and one of 100 taken,', () => {
  const levels = (count: number) => `{"examples":${deep(count - 1)}}`;
  const tooDeep = /must be nested at most 100 deep/;

  for (const [member, bodyOf] of Object.entries({
    sample_payload: (json: string) => `"sample_payload":${json}`,
    schema: (json: string) => `"schema":${json}`,
    'versions.0.schema': (json: string) => `"versions":[{"version":"2","schema":${json}}]`,
    'versions.0.example': (json: string) => `"versions":[{"version":"2","example":${json}}]`,
  })) {
    test(`by the API: ${member}`, async () => {
      const post = (count: number) =>
        api.post(
          `/apps/${app.id}/webhook_events`,
          `{"event_type":"${member}.${String(count)}",${bodyOf(levels(count))}}`,
          { 'content-type': 'application/json' },
        );
      const { status, body } = await post(101);
      assert.deepEqual([status, body.details[0]?.path], [422, member]);
      assert.match(body.details[0]?.message ?? '', tooDeep);
      assert.equal((await post(100)).status, 201);
    });
  }

  test('by a form', async () => {
    const visitor = await signedInVisitor(server);
    const own = await server.container.apps.create(visitor.accountId, { name: 'Acme' });
    for (const member of ['sample_payload', 'schema']) {
      const post = (count: number) =>
        visitor.post(`/apps/${own.id}/webhook_events`, {
          ...{ event_type: `${member}.${String(count)}`, sample_payload: '{}', [member]: levels(count) },
        });
      const { status, text } = await post(101);
      assert.equal(status, 422, member);
      assert.match(text, new RegExp(`id="${member}-error">.*${tooDeep.source}`));
      assert.equal((await post(100)).status, 303, member);
    }
  });

  test('by an import', async () => {
    const to = await apiOfNewAccount(server);
    const created_at = '2026-01-01T00:00:00.000Z';
    const event = (member: string, count: number) =>
      `{"type":"webhook_event","id":"${randomUUID()}","event_type":"${member}.${String(count)}",` +
      `"created_at":"${created_at}","${member}":${levels(count)}}`;
    const lines = [
      '{"type":"header","format":"hostedhooks-export","version":1}',
      JSON.stringify({ type: 'app', id: randomUUID(), name: 'Acme', created_at }),
      ...['sample_payload', 'schema'].flatMap((member) => [event(member, 100), event(member, 101)]),
      '{"type":"trailer"}',
    ];
    const { body } = await sendImport(to, lines.join('\n'));
    assert.deepEqual(body.problems, [
      { line: 4, message: 'sample_payload: must be nested at most 100 deep' },
      { line: 6, message: 'schema: must be nested at most 100 deep' },
    ]);
  });
});

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
