import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';
import { bundleTests } from '#src/dev/test/bundle-tests.ts';
import { brokenRules } from '#src/dev/test/check-statements.ts';
import { printTimings } from '#src/dev/test/print-timings.ts';

const EVERYTHING = 'test/**/*.test.ts';
/** Processes at a time, on two cores: more than half of a test's time is waiting. */
const CONCURRENCY = 5;
/** Longer than any test takes: a test that hangs fails. */
const TIMEOUT_MS = 600_000;

const given = process.argv.slice(2);
const areFilesGiven = given.some((word) => !word.startsWith('-'));
const files = areFilesGiven ? [] : globSync(EVERYTHING);
const folder = await mkdtemp(join(tmpdir(), 'hostedhooks-tests-'));
const timings = join(folder, 'timings.json');
const statements = join(folder, 'statements');
const startedAtMs = performance.now();

try {
  await mkdir(statements);
  process.env['SENT_STATEMENTS'] = statements;
  // Options choose tests by their names, and the tests of a bundle are named after files.
  const bundles = given.length === 0 ? await bundleTests(files, folder) : [];
  process.exitCode = await runProgram(process.execPath, [
    // V8 collects garbage in as many threads as there are cores, in each of the processes.
    '--v8-pool-size=1',
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./src/dev/test/timings-reporter.ts',
    `--test-reporter-destination=${timings}`,
    '--test-global-setup=test/support/global-setup.ts',
    `--test-concurrency=${String(CONCURRENCY)}`,
    `--test-timeout=${String(TIMEOUT_MS)}`,
    ...given,
    ...(given.length === 0 ? bundles : files),
  ]);
  for (const broken of await brokenRules(statements)) {
    console.error(
      `\nA statement of the data plane breaks a rule of src/infra/database/STATEMENTS.md.\n${broken}`,
    );
    process.exitCode = 1;
  }
  const run = await printTimings(timings, performance.now() - startedAtMs);
  if (bundles.length > 0) {
    for (const test of run?.unbundled ?? []) {
      console.error(
        `Register this test while its file is imported (src/dev/test/import-test-file.ts): ${test}`,
      );
      process.exitCode = 1;
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
