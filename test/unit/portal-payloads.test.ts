import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownBody } from '#src/surfaces/portal/payloads.ts';

test('a redacted body has the names and none of the values; one that is too deep is not shown', () => {
  const shown = JSON.stringify(shownBody('{"card":{"number":"4242"},"list":["secret"]}', 'redacted'));
  assert.match(shown, /card.*number.*list/s);
  assert.doesNotMatch(shown, /4242|secret/);
  assert.equal(shownBody(`${'['.repeat(2000)}1${']'.repeat(2000)}`, 'redacted'), null);
});
