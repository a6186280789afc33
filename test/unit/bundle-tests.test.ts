import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { bundleTests } from '#src/dev/test/bundle-tests.ts';

const LONGEST = ['test/chaos/kill.test.ts'];
const ALONE = ['test/integration/start.test.ts', 'test/browser/a.test.ts'];
const TOGETHER = Array.from({ length: 20 }, (_, index) => `test/unit/${String(index)}.test.ts`);

test('every test file is run once: alone or with others in turns, but the longest first', async () => {
  await using bundles = await bundleTests([...TOGETHER, ...ALONE, ...LONGEST]);
  const named = await Promise.all(bundles.files.toSorted().map(filesIn));
  const alone = named.filter((files) => files.length === 1);
  const together = named.filter((files) => files.length > 1);

  assert.deepEqual(alone.flat(), [...LONGEST, ...ALONE]);
  assert.deepEqual(together.flat().toSorted(), TOGETHER.toSorted());
  assert.deepEqual(named[0], LONGEST);
  assert.ok(together.some((files) => named.indexOf(files) < named.findIndex(([file]) => file === ALONE[1])));
});

test('bundles are gone when the tests have run', async () => {
  const bundles = await bundleTests(TOGETHER);
  await bundles[Symbol.asyncDispose]();
  assert.ok(!bundles.files.some((file) => existsSync(file)));
});

async function filesIn(bundle: string): Promise<(string | undefined)[]> {
  const source = await readFile(bundle, 'utf8');
  return [...source.matchAll(/^test\("(.+?)"/gm)].map(([, file]) => file);
}
