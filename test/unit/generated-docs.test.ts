import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { GENERATED_BLOCKS, withBlock } from '#src/dev/docs/generated-blocks.ts';

const ROOT = new URL('../../', import.meta.url);

for (const block of GENERATED_BLOCKS) {
  test(`${block.file}: ${block.marker} is what npm run docs writes`, async () => {
    const document = await readFile(new URL(block.file, ROOT), 'utf8');
    assert.equal(document, withBlock(document, block));
  });

  test(`${block.file}: ${block.marker} fits into 120 characters`, () => {
    assert.deepEqual(
      block
        .text()
        .split('\n')
        .filter((line) => line.length > 120),
      [],
    );
  });
}

test('a document without the markers is refused', () => {
  const block = { file: 'X.md', marker: 'table', text: () => 'new' };
  const document = 'a\n<!-- table: written by npm run docs -->\nold\n<!-- end of table -->\nb\n';
  assert.equal(
    withBlock(document, block),
    'a\n<!-- table: written by npm run docs -->\n\nnew\n\n<!-- end of table -->\nb\n',
  );
  assert.throws(() => withBlock('a\nb\n', block), /X\.md lacks the markers of table/);
});
