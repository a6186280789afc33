import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { bundleTests } from '#src/dev/test/bundle-tests.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

const replacing = {
  'test/unit/mocked.test.ts': "t.mock.timers.enable({ apis: ['setTimeout'] });",
  'test/unit/replaced.test.ts': "mock.method(globalThis, 'setTimeout', later);",
};

/** The files of each bundle. */
async function bundled(files: string[]): Promise<(string | undefined)[][]> {
  await using folder = await createTemporaryFolder();
  const sourceOf = (file: string) =>
    Promise.resolve(Object.entries(replacing).find(([name]) => name === file)?.[1] ?? '');
  const bundles = await bundleTests(files, folder.path, sourceOf);
  const sources = await Promise.all(bundles.map((bundle) => readFile(bundle, 'utf8')));
  return sources.map((source) => [...source.matchAll(/^test\("(.+?)"/gm)].map(([, file]) => file));
}

test('every test file is in exactly one bundle', async () => {
  const alone = ['test/attack/attacks.test.ts', 'test/browser/pages.test.ts'];
  const long = ['test/browser/a.test.ts', 'test/browser/b.test.ts'];
  const together = Array.from({ length: 20 }, (_, index) => `test/unit/${String(index)}.test.ts`);
  const named = await bundled([...together, ...long, ...alone]);

  assert.deepEqual(named.flat().toSorted(), [...together, ...long, ...alone].toSorted());
  for (const file of alone) assert.ok(named.some((files) => files.length === 1 && files[0] === file));
  assert.ok(named.some((files) => files.join() === long.join()));
});

test('files that replace timers share a process with each other alone', async () => {
  const own = Object.keys(replacing);
  const named = await bundled(['test/http/a.test.ts', ...own, 'test/unit/z.test.ts']);
  assert.deepEqual(
    named.filter((files) => own.some((file) => files.includes(file))),
    [own],
  );
});
