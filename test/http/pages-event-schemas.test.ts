import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor } from '#test/support/pages.ts';

describe("a webhook event's form", () => {
  let server: TestServer;
  let visitor: Awaited<ReturnType<typeof signedInVisitor>>;
  let app: App;

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
    app = await server.container.apps.create(visitor.accountId, { name: 'Acme' });
  });
  after(() => server[Symbol.asyncDispose]());

  test('takes a schema and whether it is enforced, and shows both again to be changed', async () => {
    const form = {
      event_type: 'order.created',
      sample_payload: '{"total": 1.0}',
      schema: '{"required": ["total"]}',
      enforce: 'on',
    };
    const made = await visitor.post(`/apps/${app.id}/webhook_events`, form);
    assert.equal(made.status, 303);
    const event = await server.container.webhookEvents.firstOrAsked(app, undefined);
    assert.deepEqual([event?.schema, event?.enforce], [{ required: ['total'] }, true]);

    const edit = `/apps/${app.id}/webhook_events/${event?.id ?? ''}`;
    assert.ok((await visitor.get(`/apps/${app.id}/webhook_events`)).text.includes(`href="${edit}/edit"`));
    const page = await visitor.get(`${edit}/edit`);
    assert.match(page.text, /name="enforce" checked/);
    assert.ok(page.text.includes('{&#34;total&#34;: 1.0}'));

    const saved = await visitor.post(edit, { sample_payload: '{}', schema: '', description: 'New' });
    assert.equal(saved.status, 303);
    const changed = await server.container.webhookEvents.firstOrAsked(app, event?.id);
    assert.deepEqual([changed?.schema, changed?.enforce, changed?.description], [null, false, 'New']);
  });

  const refused: [string, Record<string, string>, string, RegExp][] = [
    ['that is no JSON', { schema: '{' }, 'schema', /The schema must be a JSON object/],
    [
      'that is no schema',
      { schema: '{"properties":{"a":{"type":"text"}}}' },
      'schema',
      /In schema\.properties\.a\.type: must be/,
    ],
    [
      'that the sample does not follow, when it is enforced',
      { schema: '{"required":["total"]}', enforce: 'on', sample_payload: '{"sum":1}' },
      'sample_payload',
      /In sample_payload\.total: is required/,
    ],
  ];
  for (const [name, fields, field, words] of refused) {
    test(`says at its field what is wrong with a schema ${name}`, async () => {
      const form = { event_type: 'x.y', sample_payload: '{}', ...fields };
      const answer = await visitor.post(`/apps/${app.id}/webhook_events`, form);
      assert.equal(answer.status, 422);
      const [, error = ''] = new RegExp(`id="${field}-error">(.*?)</p>`, 's').exec(answer.text) ?? [];
      assert.match(error, words);
    });
  }
});
