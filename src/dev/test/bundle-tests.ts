import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Files that need a process of their own: their processes are measured, get signals, or start processes. What takes
 * minutes begins first, beside files that leave it most of the machine.
 */
const ALONE = [
  /^test\/browser\/pages\./,
  /^test\/integration\/(bootstrap|docs-samples|embedded-postgres|processes|start.*)\.test\.ts$/,
  /^test\/attack\//,
];
/** Each of these takes as long as a bundle of others. */
const LONG = /^test\/(browser|chaos)\//;
const LONG_FILES_IN_BUNDLE = 3;
/** What replaces timers takes those of everything in its process: a shared server beside it would wait for ever. */
const REPLACES_TIMERS = /mock\.timers|method\(globalThis, '(set|clear)/;
const SHARED_SERVER = 'test/support/shared-server.ts';
const IMPORT_TEST_FILE = 'src/dev/test/import-test-file.ts';
/** Small enough that all cores have something to do to the end; many, because what runs later runs compiled. */
const FILES_IN_BUNDLE = 32;
/**
 * Several times what a bundle takes on a busy machine. The test runner ends a test that hangs, yet neither what the
 * test waits for when it is disposed nor a process that something keeps alive.
 */
const BUNDLE_TIMEOUT_SECONDS = 900;

/**
 * Writes files into `folder` that each run several test files in one process, because a process spends more time on
 * loading the product than most files spend on their tests. Within a bundle each file is a test, run after the one
 * before it.
 */
export async function bundleTests(
  files: string[],
  folder: string,
  sourceOf = (file: string) => readFile(file, 'utf8'),
): Promise<string[]> {
  const sorted = files.toSorted();
  const alone = [...new Set(ALONE.flatMap((pattern) => sorted.filter((file) => pattern.test(file))))];
  const others = sorted.filter((file) => !alone.includes(file));
  const { long = [], short = [] } = Object.groupBy(others, (file) => (LONG.test(file) ? 'long' : 'short'));
  const sources = await Promise.all(short.map(sourceOf));
  const withOwnTimers = short.filter((_file, index) => REPLACES_TIMERS.test(sources[index] ?? ''));
  const together = dealtOut(
    short.filter((file) => !withOwnTimers.includes(file)),
    FILES_IN_BUNDLE,
  );
  // Alternating, because the first want much of the machine, and are late when many of them run at a time.
  const bundles = alternating(
    [...alone.map((file) => [file]), ...dealtOut(long, LONG_FILES_IN_BUNDLE)],
    [...together, ...dealtOut(withOwnTimers, FILES_IN_BUNDLE)],
  );
  return Promise.all(bundles.map((bundle, index) => writeBundle(folder, { bundle, index })));
}

function alternating<T>(some: T[], others: T[]): T[] {
  const longest = Math.max(some.length, others.length);
  return Array.from({ length: longest }, (_, at) => [
    ...some.slice(at, at + 1),
    ...others.slice(at, at + 1),
  ]).flat();
}

/** Like cards: neighbours in a folder are alike, also in how long they take. */
function dealtOut(files: string[], inBundle: number): string[][] {
  const count = Math.ceil(files.length / inBundle);
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
  await writeFile(file, programOf(bundle));
  return file;
}

function programOf(files: string[]): string {
  const tests = files.map((file) => `test(${JSON.stringify(file)}, () => importTestFile(${urlOf(file)}));`);
  const keep = [
    "import { after, test } from 'node:test';",
    `import { keepSharedServers } from ${urlOf(SHARED_SERVER)};`,
    `import { importTestFile, takeHookOfTestRunner } from ${urlOf(IMPORT_TEST_FILE)};`,
    'takeHookOfTestRunner();',
    'after(keepSharedServers());',
    `setTimeout(() => {
  console.error('The bundle hangs after ${String(BUNDLE_TIMEOUT_SECONDS)} s: ' + ${JSON.stringify(files.join(', '))});
  process.exit(1);
}, ${String(BUNDLE_TIMEOUT_SECONDS * 1000)}).unref();`,
  ];
  return [...keep, ...tests, ''].join('\n');
}

/** Quoted. */
function urlOf(file: string): string {
  return JSON.stringify(pathToFileURL(resolve(file)).href);
}
