import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesInPage, payloadOf } from '#src/surfaces/html/payload-view.ts';
import { shownBody } from '#src/surfaces/portal/payloads.ts';

test('a redacted body has the names and none of the values; one that is too deep is not shown', () => {
  const shown = JSON.stringify(shownBody('{"card":{"number":"4242"},"list":["secret"]}', 'redacted'));
  assert.match(shown, /card.*number.*list/s);
  assert.doesNotMatch(shown, /4242|secret/);
  assert.equal(shownBody(`${'['.repeat(2000)}1${']'.repeat(2000)}`, 'redacted'), null);
});

test('as much of a body is shown as there is room for: never more, and never nothing', () => {
  const deep = '['.repeat(25);
  for (const part of ['"a",', '"",', 'true,', '1,', '"éé",', `{"a":"'"},`, '[],']) {
    const list = part.repeat(16_000).slice(0, -1);
    for (const body of [`[${list}]`, `${deep}${list}${']'.repeat(deep.length)}`, list]) {
      for (const bytes of [500, 3000, 30_000]) {
        const shown = payloadOf(body, { bytes });
        const weight = bytesInPage(shown);
        assert.ok(shown.text.length > 0 && weight <= bytes, `${body.slice(0, 9)} in ${String(bytes)}`);
        assert.ok(
          weight > bytes / 2 || shown.text.length === 12_000,
          `${body.slice(0, 9)} in ${String(bytes)}`,
        );
      }
    }
  }
});
