import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What needs a process of its own: it is measured, listens to signals, or takes long by itself. */
const ALONE = [
  /^test\/(browser|chaos)\//,
  /^test\/integration\/(bootstrap|docs-samples|embedded-postgres|processes|start.*)\.test\.ts$/,
];
/** Small enough that all cores have something to do to the end. */
const FILES_IN_BUNDLE = 8;

interface Bundles extends AsyncDisposable {
  files: string[];
}

/**
 * Test files as they are to be run, one process each: those that share one are bundled, because a process spends more time on
 * loading the product than most files spend on their tests. Each file stays a test of its own, run after the one before it.
 */
export async function bundleTests(files: string[]): Promise<Bundles> {
  const sorted = files.toSorted();
  const alone = sorted.filter((file) => ALONE.some((pattern) => pattern.test(file)));
  const together = sorted.filter((file) => !alone.includes(file));
  const folder = await mkdtemp(join(tmpdir(), 'hostedhooks-tests-'));
  const count = Math.ceil(together.length / FILES_IN_BUNDLE);
  const bundles = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const bundle = join(folder, `bundle-${String(index + 1).padStart(2, '0')}.test.mjs`);
      // Dealt out like cards: neighbours in a folder are alike, also in how long they take.
      await writeFile(bundle, sourceOf(together.filter((_file, position) => position % count === index)));
      return bundle;
    }),
  );
  return {
    files: [...alone, ...bundles],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

function sourceOf(files: string[]): string {
  const tests = files.map((file) => {
    const url = pathToFileURL(resolve(file)).href;
    return `test(${JSON.stringify(file)}, () => import(${JSON.stringify(url)}));`;
  });
  return ["import { test } from 'node:test';", ...tests, ''].join('\n');
}
