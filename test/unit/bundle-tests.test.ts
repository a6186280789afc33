import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { bundleTests } from '../../src/commands/test/bundle-tests.ts';

const ALONE = ['test/browser/a.test.ts', 'test/chaos/a.test.ts', 'test/integration/start.test.ts'];
const TOGETHER = Array.from({ length: 20 }, (_, index) => `test/unit/${String(index)}.test.ts`);

test('every test file is run once: alone, or in one bundle', async () => {
  await using bundles = await bundleTests([...TOGETHER, ...ALONE]);
  const [alone, together] = [bundles.files.slice(0, 3), bundles.files.slice(3)];
  const sources = await Promise.all(together.map((bundle) => readFile(bundle, 'utf8')));
  const named = sources.flatMap((source) => [...source.matchAll(/^test\("(.+?)"/gm)].map(([, file]) => file));

  assert.deepEqual(alone, ALONE);
  assert.equal(together.length, 3);
  assert.deepEqual(named.toSorted(), TOGETHER.toSorted());
});

test('bundles are gone when the tests have run', async () => {
  const bundles = await bundleTests(TOGETHER);
  await bundles[Symbol.asyncDispose]();
  assert.ok(!bundles.files.some((file) => existsSync(file)));
});
