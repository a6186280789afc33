import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
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

test('a bundle runs the tests of each file below its name, and fails for an error that none of them catches', async () => {
  await using folder = await createTemporaryFolder();
  const write = async (name: string, lines: string[]) => {
    const file = join(folder.path, name);
    await writeFile(
      file,
      ["import { after, before, describe, test } from 'node:test';", ...lines].join('\n'),
    );
    return file;
  };
  const files = [
    await write('a.mjs', [
      'await new Promise(setImmediate);',
      "describe('suite', () => {",
      "  before(() => console.log('before'));",
      "  test('first', async (t) => { await null; await t.test('part', () => undefined); console.log('first'); });",
      "  after(() => console.log('after'));",
      '});',
    ]),
    await write('b.mjs', [
      "test('second', async () => { void Promise.reject(new Error('nobody catches')); await 1; });",
    ]),
  ];
  const [bundle = ''] = await bundleTests(files, folder.path);
  const { code, output } = await outcomeOf(['--test-reporter=tap', bundle]);

  assert.equal(code, 1);
  assert.match(output, /nobody catches/);
  const said = output.matchAll(/^ *(?:# Subtest: (\S+)|(before|first|after)$)/gm);
  assert.deepEqual(
    Array.from(said, ([all]) => all.replace('# Subtest: ', '').replace(folder.path, '')),
    [
      'before',
      'first',
      'after',
      '/a.mjs',
      '    suite',
      '        first',
      '            part',
      '/b.mjs',
      '    second',
    ],
  );
});

/** Of a Node that does not know that it is started by a test. */
async function outcomeOf(args: string[]): Promise<{ code: number | null; output: string }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code: code as number | null, output };
}
