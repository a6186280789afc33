import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { highlightJson, indentJson } from '#src/infra/lib/json-layout.ts';

const ALPHABET = Array.from('<>&"\'{}[],:\\ script=1');

const asText = (html: string) =>
  html
    .replace(/<\/?span[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('highlighted JSON', () => {
  it('is the indented text, for any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const value: unknown = JSON.parse(json);
        assert.deepEqual(JSON.parse(asText(highlightJson(json))), value);
        assert.equal(asText(highlightJson(json)), indentJson(json));
        assert.equal(highlightJson(JSON.stringify(value)), highlightJson(JSON.stringify(value, null, 4)));
      }),
    );
  });

  it('marks keys, strings and words, and no numbers, of which lists are long', () => {
    const marked = highlightJson('{"a":[1,2,true,"x"]}').match(/<span class="json-[a-z]+">/g);
    assert.deepEqual(
      marked,
      ['key', 'word', 'string'].map((kind) => `<span class="json-${kind}">`),
    );
  });

  it('keeps the spelling of numbers and repeated keys', () => {
    assert.equal(
      asText(highlightJson('{"a":1.0,"a":12345678901234567890}')),
      '{\n  "a": 1.0,\n  "a": 12345678901234567890\n}',
    );
  });

  it('lets no markup through, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...ALPHABET) }), (text) => {
        assert.doesNotMatch(
          highlightJson(text).replace(/<span class="json-[a-z]+">|<\/span>/g, ''),
          /[<>"']/,
        );
      }),
    );
  });
});
