import { globSync } from 'node:fs';
import { runProgram } from './run-program.ts';
import { bundleTests } from '#src/dev/test/bundle-tests.ts';

const EVERYTHING = 'test/**/*.test.ts';
/** Processes at a time, on the two cores of continuous integration: half of a test's time is waiting. */
const CONCURRENCY = 4;
/** Longer than any takes: what hangs is to fail. */
const TIMEOUT_MS = 600_000;

const given = process.argv.slice(2);
const areFilesGiven = given.some((word) => !word.startsWith('-'));
const files = areFilesGiven ? [] : globSync(EVERYTHING);

{
  // Options choose tests by their names, of which a bundle has others.
  await using bundles = await bundleTests(given.length === 0 ? files : []);
  process.exitCode = await runProgram(process.execPath, [
    '--test',
    '--test-reporter=spec',
    '--test-global-setup=test/support/global-setup.ts',
    `--test-concurrency=${String(CONCURRENCY)}`,
    `--test-timeout=${String(TIMEOUT_MS)}`,
    ...given,
    ...(given.length === 0 ? bundles.files : files),
  ]);
}
