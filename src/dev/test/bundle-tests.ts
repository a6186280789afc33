import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * What needs a process of its own: it is measured, listens to signals, has processes of its own, or takes long by itself. What
 * takes minutes begins first, and beside it what leaves it most of the machine.
 */
const ALONE = [
  /^test\/chaos\/kill\./,
  /^test\/integration\/(bootstrap|docs-samples|embedded-postgres|processes|start.*)\.test\.ts$/,
  /^test\/browser\/pages\./,
  /^test\/chaos\//,
  /^test\/browser\//,
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
  const alone = [...new Set(ALONE.flatMap((pattern) => sorted.filter((file) => pattern.test(file))))];
  const together = dealtOut(sorted.filter((file) => !alone.includes(file)));
  const folder = await mkdtemp(join(tmpdir(), 'hostedhooks-tests-'));
  // In turns: those that are alone want much of the machine, each, and are late when many of them have it.
  const bundles = inTurns(
    alone.map((file) => [file]),
    together,
  );
  return {
    files: await Promise.all(bundles.map((bundle, index) => writeBundle(folder, { bundle, index }))),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

function inTurns<T>(some: T[], others: T[]): T[] {
  const most = Math.max(some.length, others.length);
  return Array.from({ length: most }, (_, at) => [
    ...some.slice(at, at + 1),
    ...others.slice(at, at + 1),
  ]).flat();
}

/** Like cards: neighbours in a folder are alike, also in how long they take. */
function dealtOut(files: string[]): string[][] {
  const count = Math.ceil(files.length / FILES_IN_BUNDLE);
  return Array.from({ length: count }, (_, index) =>
    files.filter((_file, position) => position % count === index),
  );
}

/** The test runner takes files by their names, in alphabetical order. */
async function writeBundle(
  folder: string,
  { bundle, index }: { bundle: string[]; index: number },
): Promise<string> {
  const file = join(folder, `${String(index).padStart(3, '0')}.test.mjs`);
  await writeFile(file, sourceOf(bundle));
  return file;
}

function sourceOf(files: string[]): string {
  const tests = files.map((file) => {
    const url = pathToFileURL(resolve(file)).href;
    return `test(${JSON.stringify(file)}, () => import(${JSON.stringify(url)}));`;
  });
  return ["import { test } from 'node:test';", ...tests, ''].join('\n');
}
