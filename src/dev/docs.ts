import { readFile, writeFile } from 'node:fs/promises';
import { GENERATED_BLOCKS, withBlock } from './docs/generated-blocks.ts';

// Writes the parts of the documents that come from code: `npm run docs`.

const root = new URL('../../', import.meta.url);

for (const block of GENERATED_BLOCKS) {
  const file = new URL(block.file, root);
  await writeFile(file, withBlock(await readFile(file, 'utf8'), block));
}
