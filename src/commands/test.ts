import { globSync } from 'node:fs';
import { runProgram } from './run-program.ts';
import { bundleTests } from './test/bundle-tests.ts';

const EVERYTHING = 'test/**/*.test.ts';
/** Processes at a time, on the two cores of continuous integration: half of a test's time is waiting. */
const CONCURRENCY = 4;

const given = process.argv.slice(2);
const areFilesGiven = given.some((word) => !word.startsWith('-'));

{
  await using bundles = await bundleTests(areFilesGiven ? [] : globSync(EVERYTHING));
  process.exitCode = await runProgram(process.execPath, [
    '--test',
    '--test-reporter=spec',
    '--test-global-setup=test/support/global-setup.ts',
    `--test-concurrency=${String(CONCURRENCY)}`,
    ...given,
    ...bundles.files,
  ]);
}
