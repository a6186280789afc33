import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { bodyOf, dataOf } from '#src/domain/messages/message.ts';

test('the data that is cut out of a stored body is what was put in', () => {
  const fields = fc.record({
    eventType: fc.string(),
    version: fc.string(),
    overridePayload: fc.boolean(),
    dataText: fc.json({ noUnicodeString: false }),
  });
  fc.assert(
    fc.property(fields, ({ dataText, ...rest }) => {
      const message = { id: uuidv7(1_700_000_000_000), ...rest };
      const body = bodyOf(message, dataText);
      assert.equal(dataOf({ ...message, body }), dataText);
      if (rest.overridePayload) assert.equal(body, dataText);
      else {
        const envelope = JSON.parse(body) as Record<string, unknown>;
        assert.deepEqual(Object.keys(envelope), ['type', 'version', 'created', 'data']);
        assert.deepEqual([envelope['type'], envelope['version']], [rest.eventType, rest.version]);
        assert.equal(envelope['created'], '2023-11-14T22:13:20.000Z');
      }
    }),
  );
});
