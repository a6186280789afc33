import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { bundleTests } from '#src/dev/test/bundle-tests.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

test('every test file is in exactly one bundle', async () => {
  const alone = ['test/attack/attacks.test.ts', 'test/browser/pages.test.ts'];
  const long = ['test/browser/a.test.ts', 'test/browser/b.test.ts'];
  const together = Array.from({ length: 20 }, (_, index) => `test/unit/${String(index)}.test.ts`);
  await using folder = await createTemporaryFolder();
  const bundles = await bundleTests([...together, ...long, ...alone], folder.path);
  const sources = await Promise.all(bundles.map((bundle) => readFile(bundle, 'utf8')));
  const named = sources.map((source) => [...source.matchAll(/^test\("(.+?)"/gm)].map(([, file]) => file));

  assert.deepEqual(named.flat().toSorted(), [...together, ...long, ...alone].toSorted());
  for (const file of alone) assert.ok(named.some((files) => files.length === 1 && files[0] === file));
  assert.ok(named.some((files) => files.join() === long.join()));
});
