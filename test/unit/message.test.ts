import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { webhookBody } from '#src/domain/messages/message.ts';

test('the body is the envelope around the data as it was written, or the data alone', () => {
  const fields = fc.record({
    eventType: fc.string(),
    version: fc.string(),
    overridePayload: fc.boolean(),
    data: fc.json({ noUnicodeString: false }),
  });
  fc.assert(
    fc.property(fields, (rest) => {
      const body = String(webhookBody({ id: uuidv7(1_700_000_000_000), ...rest }));
      if (rest.overridePayload) {
        assert.equal(body, rest.data);
        return;
      }
      assert.ok(body.endsWith(`,"data":${rest.data}}`));
      const envelope = JSON.parse(body) as Record<string, unknown>;
      assert.deepEqual(Object.keys(envelope), ['type', 'version', 'created', 'data']);
      assert.deepEqual([envelope['type'], envelope['version']], [rest.eventType, rest.version]);
      assert.equal(envelope['created'], '2023-11-14T22:13:20.000Z');
    }),
  );
});

test('bytes that cannot be text are the body as they are', () => {
  const data = Buffer.from([0, 255, 128]);
  const message = { id: uuidv7(0), eventType: 'a', version: '1', overridePayload: true, data };
  assert.equal(webhookBody(message), data);
});
