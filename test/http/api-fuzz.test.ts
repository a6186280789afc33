import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { apiOfNewAccount, makeApp } from '../support/api.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);
const { app, subscription, endpoint, event } = await makeApp(api);
const { body: helper } = await api.post('/hook_helpers', {});

/** Ids that exist, and what people and programs put in their place. */
const id = fc.oneof(
  fc.constantFrom(app.id, subscription.id, endpoint.id, event.id, helper.id, app.id.toUpperCase()),
  fc.constantFrom('ffffffff-ffff-ffff-ffff-ffffffffffff', '%00', '%ff', "'", '..', '-1', 'null', 'x', '%2f'),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map(encodeURIComponentSafely),
);
const path = fc
  .tuple(
    fc.constantFrom(
      '/apps',
      '/apps/A',
      '/apps/A/webhook_events',
      '/apps/A/webhook_events/B',
      '/apps/A/subscriptions',
      '/apps/A/subscriptions/B',
      '/apps/A/endpoints',
      '/apps/A/endpoints/B',
      '/apps/A/endpoints/B/webhook_attempts',
      '/apps/A/messages',
      '/apps/A/messages/B',
      '/apps/A/messages/B/deliveries',
      '/apps/A/messages/B/explain',
      '/apps/A/webhook_attempts',
      '/apps/A/webhook_attempts/B',
      '/subscriptions/A',
      '/subscriptions/A/messages',
      '/subscriptions/A/endpoints',
      '/subscriptions/A/endpoints/B',
      '/subscriptions/A/endpoints/B/secret',
      '/subscriptions/A/endpoints/B/messages',
      '/hook_helpers',
      '/hook_helpers/A',
      '/hook_helpers/A/requests',
      '/account',
    ),
    id,
    id,
  )
  .map(([template, a, b]) => template.replace('A', () => a).replace('B', () => b));

const value = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\0',
    '',
    '*',
    'user.created',
    '1.0',
    'https://a.example',
    '2025-01-01T00:00:00Z',
    1e400,
    -1,
  ),
  fc.array(fc.string()),
);
const fields = [
  'name subscriber_name uid success_policy retry_delays header_prefix event_type description sample_payload schema',
  'url version status enabled_events subscription data event_id override_payload headers deliver_at label endpoint_id',
]
  .join(' ')
  .split(' ');
const body = fc.oneof(
  fc.dictionary(fc.constantFrom(...fields), value).map((object) => JSON.stringify(object)),
  fc
    .record(
      { event_type: fc.constant('user.created'), version: fc.constant('1.0'), data: fc.jsonValue() },
      { requiredKeys: [] },
    )
    .map((object) => JSON.stringify(object)),
  fc.string({ unit: 'binary' }),
);
const query = fc
  .dictionary(
    fc.constantFrom(
      'page',
      'per_page',
      'offset',
      'cursor',
      'since',
      'until',
      'status',
      'status_code',
      'event_id',
    ),
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('0', '-1', '99999999999999999999', '1e9', '\0')),
  )
  .map((parameters) => new URLSearchParams(parameters).toString());

const anything = { numRuns: 600, endOnFailure: true } as const;

test('nothing that is sent to any route makes it fail', async () => {
  const request = fc.record({ method: fc.constantFrom('get', 'post', 'put', 'patch'), path, body, query });
  await fc.assert(
    fc.asyncProperty(request, async (sent) => {
      const method = sent.method;
      const address = `${sent.path}?${sent.query}`;
      const answer = method === 'get' ? await api.get(address) : await api[method](address, sent.body);
      assert.ok(answer.status < 500, `${String(answer.status)} ${answer.text}`);
      if (answer.status >= 400) assert.equal(answer.body.error, answer.body.message);
    }),
    anything,
  );
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
    { ...anything, numRuns: 100 },
  );
});

function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed()) || 'x';
}
